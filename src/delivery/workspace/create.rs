//! New attributes and select options.

use serde_json::json;

use super::{Failure, Workspace, WorkspaceError};
use crate::delivery::transport::Transport;
use crate::plan::request::percent_encode;
use crate::plan::{Method, Request};
use crate::schema::{Attribute, AttributeType};

/// What came of asking for something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It was made.
    Made,
    /// It is there already.
    Found,
}

impl<T: Transport> Workspace<T> {
    /// Creates an attribute of an object. Of `attribute` its title, type, traits, currency and allowed objects are
    /// taken; options are created one by one afterwards.
    ///
    /// # Errors
    /// When Attio refuses it or does not answer. That an attribute of that slug is there already is no error.
    pub async fn create_attribute(
        &self,
        object: &str,
        slug: &str,
        attribute: &Attribute,
    ) -> Result<Created, WorkspaceError> {
        let mut config = json!({});
        if attribute.kind == AttributeType::Currency {
            config["currency"] = json!({
                "default_currency_code": attribute.default_currency_code.as_deref().unwrap_or("USD"),
                "display_type": "symbol",
            });
        }
        // No allowed objects are any objects.
        if !attribute.allowed_objects.is_empty() {
            config["record_reference"] = json!({"allowed_objects": attribute.allowed_objects});
        }
        let title = match attribute.title.as_str() {
            "" => slug,
            title => title,
        };
        let body = json!({"data": {
            "title": title,
            "description": null,
            "api_slug": slug,
            "type": attribute.kind.as_str(),
            "is_required": attribute.is_required,
            "is_unique": attribute.is_unique,
            "is_multiselect": attribute.is_multiselect,
            "config": config,
        }});
        let mut path = "/v2/objects/".to_owned();
        percent_encode(object, &mut path);
        path.push_str("/attributes");
        let what = format!("the attribute `{object}.{slug}` cannot be created");
        self.create(&what, path, body.to_string()).await
    }

    /// Adds an option to a select attribute.
    ///
    /// # Errors
    /// When Attio refuses it or does not answer. That an option of that title is there already is no error.
    pub async fn create_option(
        &self,
        object: &str,
        attribute: &str,
        title: &str,
    ) -> Result<Created, WorkspaceError> {
        let mut path = "/v2/objects/".to_owned();
        percent_encode(object, &mut path);
        path.push_str("/attributes/");
        percent_encode(attribute, &mut path);
        path.push_str("/options");
        let what = format!("the option `{title}` of `{object}.{attribute}` cannot be created");
        let body = json!({"data": {"title": title}}).to_string();
        self.create(&what, path, body).await
    }

    async fn create(
        &self,
        what: &str,
        path: String,
        body: String,
    ) -> Result<Created, WorkspaceError> {
        let request = Request {
            method: Method::Post,
            path,
            body: Some(body),
        };
        match self.send(what, request).await {
            Ok(_) => Ok(Created::Made),
            Err(WorkspaceError::Request {
                failure: Failure::Api(error),
                ..
            }) if error.is_conflict() => Ok(Created::Found),
            Err(error) => Err(error),
        }
    }
}
