//! CycloneDX 1.6 as JSON: <https://cyclonedx.org/docs/1.6/json/>.

use serde_json::{Map, Value, json};

use super::{Bom, Component, Stamp, TOOL, joined, uuid};

/// What identifies the project itself.
const PROJECT: &str = "project";

/// Writes the document.
pub fn cyclonedx(bom: &Bom, stamp: Stamp<'_>) -> Value {
    let references = bom.references();
    let order = bom.sorted();
    let mut project = json!({ "type": "application", "bom-ref": PROJECT, "name": bom.name });
    set(&mut project, "version", bom.version.as_deref());
    let depends = |reference: &str, on: &[usize]| {
        let mut on: Vec<&str> = on.iter().map(|index| references[*index].as_str()).collect();
        on.sort_unstable();
        json!({ "ref": reference, "dependsOn": on })
    };
    let mut dependencies = vec![depends(PROJECT, &bom.dependencies)];
    dependencies
        .extend(order.iter().map(|index| depends(&references[*index], &bom.components[*index].dependencies)));
    let components: Vec<Value> =
        order.iter().map(|index| component(&bom.components[*index], &references[*index])).collect();
    let mut document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": stamp.created,
            "tools": { "components": [{ "type": "application", "name": TOOL, "version": stamp.tool_version }] },
            "component": project,
        },
        "components": components,
        "dependencies": dependencies,
    });
    document["serialNumber"] = json!(format!("urn:uuid:{}", uuid(&document)));
    document
}

fn component(component: &Component, reference: &str) -> Value {
    let mut value = json!({ "type": "library", "bom-ref": reference, "name": component.name });
    set(&mut value, "version", component.version.as_deref());
    set(&mut value, "group", component.organization.as_deref());
    set(&mut value, "purl", component.purl.as_deref());
    set(&mut value, "description", component.description.as_deref());
    if let Some(outer) = component.outer {
        value["hashes"] = json!([{ "alg": "SHA-256", "content": outer.to_lower_hex() }]);
    }
    if let Some(url) = &component.download {
        let kind = if url.starts_with("git+") { "vcs" } else { "distribution" };
        value["externalReferences"] = json!([{ "type": kind, "url": url }]);
    }
    if !component.licenses.is_empty() {
        value["licenses"] = licenses(component);
    }
    value
}

/// Single identifiers and names in a list, or one expression: the two can't be mixed.
fn licenses(component: &Component) -> Value {
    let id = |license: &crate::licenses::License| {
        let expression = license.spdx.as_ref()?;
        let mut requirements = expression.requirements();
        let first = requirements.next()?.req.license.id()?;
        // "or later" and exceptions make it an expression.
        (requirements.next().is_none() && expression.to_string() == first.name).then_some(first.name)
    };
    if component.licenses.iter().all(|license| id(license).is_some() || license.spdx.is_none()) {
        let list = component.licenses.iter().map(|license| match id(license) {
            Some(id) => json!({ "license": { "id": id, "acknowledgement": "declared" } }),
            None => json!({ "license": { "name": license.stated, "acknowledgement": "declared" } }),
        });
        return list.collect();
    }
    match joined(&component.licenses) {
        Some(expression) => json!([{ "expression": expression, "acknowledgement": "declared" }]),
        None => {
            let name = |license: &crate::licenses::License| json!({ "license": { "name": license.name() } });
            component.licenses.iter().map(name).collect()
        }
    }
}

fn set(value: &mut Value, key: &str, text: Option<&str>) {
    let fields: Option<&mut Map<String, Value>> = value.as_object_mut();
    if let (Some(fields), Some(text)) = (fields, text) {
        fields.insert(key.to_owned(), Value::from(text));
    }
}
