//! The built component, read as bytes: no imports, and Edgee's interface as its one export.

use wasmparser::{Encoding, Parser, Payload};

use crate::edgee::file;

#[test]
fn the_component_imports_nothing_and_exports_the_interface_of_edgee() {
    let bytes = std::fs::read(file()).unwrap();
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
                    imports.push(import.unwrap().name.0.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export.unwrap().name.0.to_owned());
                }
            }
            _ => {}
        }
    }
    assert_eq!(imports, Vec::<String>::new());
    assert_eq!(exports, ["edgee:components/data-collection@1.0.1"]);
}

/// The limit of the other component too.
const MOST_BYTES: usize = 1_500_000;

#[test]
fn the_component_does_not_grow_unnoticed() {
    let bytes = std::fs::metadata(file()).unwrap().len();
    assert!(bytes <= MOST_BYTES as u64, "{bytes} bytes");
}
