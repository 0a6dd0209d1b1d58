//! SPDX 2.3 as JSON: <https://spdx.github.io/spdx-spec/v2.3/>.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Bom, Component, Stamp, TOOL, joined, uuid};

const NOTHING_SAID: &str = "NOASSERTION";
const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const PROJECT: &str = "SPDXRef-Project";

/// Writes the document.
pub fn spdx(bom: &Bom, stamp: Stamp<'_>) -> Value {
    let ids = identifiers(bom);
    let order = bom.sorted();
    let mut unknown = Unknown::default();
    let mut packages = vec![project(bom)];
    packages.extend(order.iter().map(|index| package(&bom.components[*index], &ids[*index], &mut unknown)));
    let relates = |from: &str, kind: &str, to: &str| json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to });
    let mut relationships = vec![relates(DOCUMENT, "DESCRIBES", PROJECT)];
    let mut depends = |from: &str, on: &[usize]| {
        let mut on: Vec<&str> = on.iter().map(|index| ids[*index].as_str()).collect();
        on.sort_unstable();
        relationships.extend(on.iter().map(|to| relates(from, "DEPENDS_ON", to)));
    };
    depends(PROJECT, &bom.dependencies);
    order.iter().for_each(|index| depends(&ids[*index], &bom.components[*index].dependencies));
    let mut document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": bom.name,
        "creationInfo": {
            "created": stamp.created,
            "creators": [format!("Tool: {TOOL}-{}", stamp.tool_version)],
        },
        "packages": packages,
        "relationships": relationships,
    });
    if !unknown.0.is_empty() {
        document["hasExtractedLicensingInfos"] = unknown.told();
    }
    let name = plain(&bom.name);
    document["documentNamespace"] = json!(format!("https://spdx.org/spdxdocs/{name}-{}", uuid(&document)));
    document
}

fn project(bom: &Bom) -> Value {
    let mut value = json!({
        "SPDXID": PROJECT,
        "name": bom.name,
        "downloadLocation": NOTHING_SAID,
        "filesAnalyzed": false,
        "licenseConcluded": NOTHING_SAID,
        "licenseDeclared": NOTHING_SAID,
        "copyrightText": NOTHING_SAID,
        "primaryPackagePurpose": "APPLICATION",
    });
    if let Some(version) = &bom.version {
        value["versionInfo"] = json!(version);
    }
    value
}

fn package(component: &Component, id: &str, unknown: &mut Unknown) -> Value {
    let mut value = json!({
        "SPDXID": id,
        "name": component.name,
        "downloadLocation": component.download.as_deref().unwrap_or(NOTHING_SAID),
        "filesAnalyzed": false,
        "licenseConcluded": NOTHING_SAID,
        "licenseDeclared": declared(component, unknown),
        "copyrightText": NOTHING_SAID,
        "primaryPackagePurpose": "LIBRARY",
    });
    if let Some(version) = &component.version {
        value["versionInfo"] = json!(version);
    }
    if let Some(organization) = &component.organization {
        value["supplier"] = json!(format!("Organization: {organization}"));
    }
    if let Some(description) = &component.description {
        value["description"] = json!(description);
    }
    if let Some(outer) = component.outer {
        value["checksums"] = json!([{ "algorithm": "SHA256", "checksumValue": outer.to_lower_hex() }]);
    }
    if let Some(purl) = &component.purl {
        value["externalRefs"] = json!([{ "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl }]);
    }
    value
}

fn declared(component: &Component, unknown: &mut Unknown) -> String {
    if component.licenses.is_empty() {
        return NOTHING_SAID.to_owned();
    }
    joined(&component.licenses).unwrap_or_else(|| {
        let parts = component.licenses.iter().map(|license| match &license.spdx {
            Some(expression) if expression.requirements().count() > 1 => format!("({expression})"),
            Some(expression) => expression.to_string(),
            None => unknown.reference(&license.stated),
        });
        parts.collect::<Vec<_>>().join(" AND ")
    })
}

/// Licences that SPDX does not know, with the names that they get in this document.
#[derive(Default)]
struct Unknown(BTreeMap<String, String>);

impl Unknown {
    fn reference(&mut self, stated: &str) -> String {
        let wanted = format!("LicenseRef-{}", plain(stated));
        let taken = |id: &str| self.0.get(id).is_some_and(|other| other != stated);
        let id = (1..)
            .map(|n| if n == 1 { wanted.clone() } else { format!("{wanted}-{n}") })
            .find(|id| !taken(id));
        let id = id.expect("invariant: there are always more numbers");
        self.0.insert(id.clone(), stated.to_owned());
        id
    }

    /// Only the name is known, so it stands for the text.
    fn told(&self) -> Value {
        let tell = |(id, stated): (&String, &String)| json!({ "licenseId": id, "name": stated, "extractedText": stated });
        self.0.iter().map(tell).collect()
    }
}

/// An identifier for each component, all different.
fn identifiers(bom: &Bom) -> Vec<String> {
    let mut ids: Vec<String> = Vec::with_capacity(bom.components.len());
    for component in &bom.components {
        let version = component.version.as_deref().map(|version| format!("-{}", plain(version)));
        let wanted = format!("SPDXRef-Package-{}{}", plain(&component.name), version.unwrap_or_default());
        let taken = ids.iter().filter(|id| id.starts_with(&wanted)).count();
        ids.push(if taken == 0 { wanted } else { format!("{wanted}-n{taken}") });
    }
    ids
}

/// Letters, digits, `.` and `-`, as identifiers have them.
fn plain(text: &str) -> String {
    text.chars().map(|it| if it.is_ascii_alphanumeric() || it == '.' { it } else { '-' }).collect()
}
