//! The built component, read as bytes: no imports, and the exports that its WIT promises.

use wasmparser::{Encoding, Parser, Payload};

use crate::component;

#[test]
fn the_component_imports_nothing_and_exports_the_mapping() {
    let bytes = component::bytes();
    let (mut depth, mut imports, mut exports) = (0, Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::Version { encoding, .. } if depth == 0 => {
                assert_eq!(encoding, Encoding::Component);
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            // Those of the component itself; inner modules import from one another.
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    imports.push(import.unwrap().name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export.unwrap().name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    assert_eq!(imports, Vec::<String>::new());
    assert_eq!(exports, ["attio:destination/mapping@0.1.0"]);
}

#[test]
fn the_component_is_valid() {
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::default())
        .validate_all(&component::bytes())
        .unwrap();
}

/// What is promised. DESIGN.md says what takes the room, and `wasm/test` holds the compressed size to its limit.
const MOST_BYTES: usize = 1_500_000;

#[test]
fn the_component_does_not_grow_unnoticed() {
    let bytes = component::bytes().len();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
}
