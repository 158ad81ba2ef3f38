//! What is documented is what Edgee and the component read.

use std::path::Path;

use edgee_components_runtime::config::ComponentsConfiguration;
use edgee_components_runtime::data_collection::versions::DataCollectionWitVersion;
use edgee_components_runtime::data_collection::versions::v1_0_1::execute;

use crate::edgee::RUNTIME;

fn document(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).unwrap()
}

#[derive(serde::Deserialize)]
struct Proxy {
    components: ComponentsConfiguration,
}

#[tokio::test]
async fn the_configuration_of_the_readme_is_one() {
    let readme = document("../../README.md");
    let toml = readme.split("```toml\n").nth(1).unwrap();
    let toml = toml.split("```").next().unwrap();
    let proxy: Proxy = toml::from_str(toml).unwrap();
    let [component] = &proxy.components.data_collection[..] else {
        panic!("one component");
    };
    assert_eq!(component.wit_version, DataCollectionWitVersion::V1_0_1);
    assert!(!component.settings.edgee_page_event_enabled);
    let mut store = RUNTIME.empty_store();
    let answer = execute::get_auth_request(&RUNTIME, component, &mut store).await;
    assert!(answer.unwrap().is_none());
}

#[test]
fn the_manifest_names_the_settings_that_there_are() {
    let manifest: toml::Table = toml::from_str(&document("../edgee-component.toml")).unwrap();
    let component = manifest["component"].as_table().unwrap();
    assert_eq!(component["wit-version"].as_str(), Some("1.0.1"));
    let settings = component["settings"].as_table().unwrap();
    let names: Vec<&str> = settings.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "attio_access_token",
            "attio_api_url",
            "configuration",
            "schema"
        ]
    );
    assert_eq!(
        settings["attio_access_token"]["secret"].as_bool(),
        Some(true)
    );
}
