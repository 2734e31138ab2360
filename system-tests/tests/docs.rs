//! What is written about the program is held to it: diagrams name what is there, links lead
//! somewhere, decisions are whole, and the drawn process knows every stage.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The services, each with a page and a lane called like its crate.
const SERVICES: [&str; 8] = [
    "dashboard",
    "data-preparer",
    "deployer",
    "evaluator",
    "hyperopt",
    "model-selector",
    "orchestrator",
    "trainer",
];

/// Folders that hold nothing of ours; hidden ones are passed over as well.
const FOREIGN: [&str; 4] = ["node_modules", "target", "dist", "microlearn-data"];

/// What a word stands behind where it is defined.
const TYPES: [&str; 6] = ["struct", "enum", "trait", "type", "mod", "text_enum"];

/// Files that look like codes of messages.
const FILES: [&str; 5] = ["json", "md", "parquet", "postcard", "toml"];

const LONGEST_PAGE: usize = 120;
const LONGEST_DECISION: usize = 60;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file of ours below `folder` whose name ends so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder);
        let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && !FOREIGN.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The names of the pages in a folder, without their ending.
fn pages(folder: &str) -> Vec<String> {
    let files = files(&root().join("docs").join(folder), ".md");
    let stem = |path: &PathBuf| Some(path.file_stem()?.to_string_lossy().into_owned());
    files.iter().filter_map(stem).collect()
}

fn service_page(service: &str) -> String {
    read(&root().join("docs/services").join(format!("{service}.md")))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What the source below a folder defines and mentions.
struct Source {
    types: BTreeSet<String>,
    functions: BTreeSet<String>,
    mentioned: BTreeSet<String>,
}

impl Source {
    fn below(folder: &Path) -> Self {
        let mut words: Vec<String> = Vec::new();
        for file in files(folder, ".rs") {
            for line in read(&file).lines() {
                let code = line.split("//").next().unwrap_or_default();
                let found = code
                    .split(|c: char| !is_word(c))
                    .filter(|word| !word.is_empty());
                words.extend(found.map(str::to_owned));
            }
        }
        let behind = |keywords: &[&str]| -> BTreeSet<String> {
            let pairs = words.windows(2);
            let defining = pairs.filter(|pair| keywords.contains(&pair[0].as_str()));
            defining.map(|pair| pair[1].clone()).collect()
        };
        Self {
            types: behind(&TYPES),
            functions: behind(&["fn"]),
            mentioned: words.iter().cloned().collect(),
        }
    }
}

/// The lines of every class diagram on a page, without the first.
fn class_diagrams(page: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    let mut lines = page.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line == "```mermaid" {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if block.first() == Some(&"classDiagram") {
                found.push(block[1..].to_vec());
            }
        }
    }
    found
}

/// The classes of a diagram, also those that only an arrow names, each with its members.
fn classes<'d>(diagram: &[&'d str]) -> BTreeMap<&'d str, Vec<&'d str>> {
    let mut classes: BTreeMap<&'d str, Vec<&'d str>> = BTreeMap::new();
    let mut open: Option<&'d str> = None;
    for line in diagram.iter().copied() {
        let parts: Vec<&'d str> = line.split_whitespace().collect();
        if parts.is_empty() || line.starts_with("<<") {
            continue;
        }
        if line == "}" {
            open = None;
        } else if let Some(class) = open {
            classes.entry(class).or_default().push(line);
        } else if parts[0] == "class" && parts.len() > 1 {
            classes.entry(parts[1]).or_default();
            open = line.ends_with('{').then_some(parts[1]);
        } else if parts.len() > 2 && (parts[1].contains("--") || parts[1].contains("..")) {
            classes.entry(parts[0]).or_default();
            classes.entry(parts[2]).or_default();
        } else {
            panic!("this line of a diagram cannot be checked: {line}");
        }
    }
    classes
}

/// The name of a member, and whether it is a function.
fn member(line: &str) -> (&str, bool) {
    let line = line.trim_start_matches(['+', '-', '#', '~']);
    let end = line.find(|c: char| !is_word(c)).unwrap_or(line.len());
    (&line[..end], line[end..].starts_with('('))
}

#[test]
fn every_service_has_a_page_with_a_diagram() {
    assert_eq!(pages("services"), SERVICES);
    for service in SERVICES {
        let page = service_page(service);
        assert!(!class_diagrams(&page).is_empty(), "{service}: no diagram");
        let lines = page.lines().count();
        assert!(lines <= LONGEST_PAGE, "{service}: {lines} lines");
    }
}

#[test]
fn diagrams_name_what_is_there() {
    let platform = Source::below(&root().join("platform"));
    let mut wrong = Vec::new();
    for service in SERVICES {
        let own = Source::below(&root().join(service).join("src"));
        let page = service_page(service);
        for diagram in class_diagrams(&page) {
            let classes = classes(&diagram);
            if !classes.keys().any(|class| own.types.contains(*class)) {
                wrong.push(format!("{service}: nothing of its own is drawn"));
            }
            for (class, members) in classes {
                let source = if own.types.contains(class) {
                    &own
                } else {
                    &platform
                };
                if !source.types.contains(class) {
                    wrong.push(format!("{service}: there is no {class}"));
                }
                for line in members {
                    let (name, is_function) = member(line);
                    let known = if is_function {
                        source.functions.contains(name)
                    } else {
                        source.mentioned.contains(name)
                    };
                    if !known {
                        wrong.push(format!("{service}: {class} has no {name}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a word between backticks has the form of a message's code.
fn is_code(text: &str) -> bool {
    let small = |c: char| c.is_ascii_lowercase() || c == '_';
    let is_part = |part: &str| !part.is_empty() && part.chars().all(small);
    text.split_once('.')
        .is_some_and(|(noun, rest)| is_part(noun) && is_part(rest) && !FILES.contains(&rest))
}

#[test]
fn codes_on_the_pages_are_those_of_the_program() {
    let mut source = String::new();
    for folder in SERVICES.iter().chain(&["platform"]) {
        for file in files(&root().join(folder), ".rs") {
            source.push_str(&read(&file));
        }
    }
    let mut wrong = Vec::new();
    for service in SERVICES {
        let page = service_page(service);
        let quoted = page.split('`').skip(1).step_by(2);
        for code in quoted.filter(|text| is_code(text)) {
            // Some codes end in a word that is filled in.
            let filled = code.rsplit_once('_').map(|(head, _)| head);
            let known = source.contains(&format!("\"{code}\""))
                || filled.is_some_and(|head| source.contains(&format!("\"{head}_{{")));
            if !known {
                wrong.push(format!("{service}: {code}"));
            }
        }
    }
    assert!(wrong.is_empty(), "no such codes: {wrong:#?}");
}

/// Where the links of a page lead, leaving out blocks of code.
fn links(page: &str) -> Vec<&str> {
    let mut links = Vec::new();
    let mut in_block = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            let targets = line.split("](").skip(1);
            links.extend(targets.filter_map(|rest| Some(rest.split_once(')')?.0)));
        }
    }
    links
}

/// The names by which a page's headings can be linked to.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in files(&root(), ".md") {
        let text = read(&page);
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                page.clone()
            } else {
                page.with_file_name("").join(path)
            };
            let there = target.exists();
            if !there || (!anchor.is_empty() && !anchors(&read(&target)).contains(anchor)) {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// This checkout and this person's home: places that mean nothing on another machine.
fn places() -> Vec<String> {
    let checkout = root().canonicalize().unwrap_or_else(|_| root());
    let home = std::env::var("HOME").unwrap_or_default();
    let places = [checkout.display().to_string(), home];
    places.into_iter().filter(|place| place.len() > 1).collect()
}

#[test]
fn no_page_names_a_place_of_one_machine() {
    let places = places();
    let mut pages = files(&root(), ".md");
    pages.extend(files(&root().join("docs"), ".bpmn"));
    for page in pages {
        let text = read(&page);
        for place in &places {
            assert!(!text.contains(place), "{}: {place}", page.display());
        }
    }
}

#[test]
fn decisions_are_numbered_and_whole() {
    let names = pages("decisions");
    assert!(!names.is_empty());
    for (place, name) in names.iter().enumerate() {
        let number = place + 1;
        assert!(
            name.starts_with(&format!("{number:04}-")),
            "{name} is no. {number}"
        );
        let text = read(&root().join("docs/decisions").join(format!("{name}.md")));
        assert!(
            text.starts_with(&format!("# {number}. ")),
            "{name}: its title"
        );
        let headings: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        let wanted = ["Status", "Context", "Decision", "Consequences"];
        assert_eq!(headings, wanted, "{name}");
        let lines = text.lines().count();
        assert!(lines <= LONGEST_DECISION, "{name}: {lines} lines");
    }
}

/// An element of an XML file.
struct Element<'x> {
    name: &'x str,
    attributes: BTreeMap<&'x str, &'x str>,
    parent: Option<usize>,
    /// What stands before its first child.
    text: &'x str,
}

impl<'x> Element<'x> {
    fn get(&self, attribute: &str) -> &'x str {
        let found = self.attributes.get(attribute).copied();
        found.unwrap_or_else(|| panic!("a {} has no {attribute}", self.name))
    }
}

fn attributes(text: &str) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    let mut rest = text.trim();
    while let Some((name, after)) = rest.split_once("=\"") {
        let Some((value, after)) = after.split_once('"') else {
            panic!("a quote is not closed: {text}");
        };
        let earlier = found.insert(name, value);
        assert!(earlier.is_none(), "{name} stands twice: {text}");
        rest = after.trim_start();
    }
    assert!(rest.is_empty(), "not an attribute: {rest}");
    found
}

/// The elements of a well-formed file, in order; enough of XML for what editors of processes write.
fn elements(xml: &str) -> Vec<Element<'_>> {
    let mut elements: Vec<Element<'_>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = xml;
    while let Some((_, after)) = rest.split_once('<') {
        let end = if after.starts_with("!--") { "-->" } else { ">" };
        let Some((tag, after)) = after.split_once(end) else {
            panic!("a tag is not closed: {after}");
        };
        rest = after;
        if tag.starts_with(['?', '!']) {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            let ended = open.pop().map(|place| elements[place].name);
            assert_eq!(ended, Some(name.trim_end()), "tags overlap");
            continue;
        }
        let body = tag.strip_suffix('/');
        let (name, given) = body
            .unwrap_or(tag)
            .split_once(char::is_whitespace)
            .unwrap_or((body.unwrap_or(tag), ""));
        elements.push(Element {
            name,
            attributes: attributes(given),
            parent: open.last().copied(),
            text: rest.split('<').next().unwrap_or_default().trim(),
        });
        if body.is_none() {
            open.push(elements.len() - 1);
        }
    }
    assert!(open.is_empty(), "a tag has no end");
    elements
}

/// What the elements of one name say about something.
fn told<'x>(elements: &[Element<'x>], name: &str, attribute: &str) -> BTreeSet<&'x str> {
    let named = elements.iter().filter(|element| element.name == name);
    named.map(|element| element.get(attribute)).collect()
}

/// Whether an element is an event, a task or a gateway of the process.
fn is_node(element: &Element<'_>, elements: &[Element<'_>]) -> bool {
    const OTHERS: [&str; 4] = [
        "bpmn:documentation",
        "bpmn:laneSet",
        "bpmn:sequenceFlow",
        "bpmn:textAnnotation",
    ];
    let parent = element.parent.map(|place| elements[place].name);
    parent == Some("bpmn:process") && !OTHERS.contains(&element.name)
}

/// The stages as the code names them.
fn stages() -> Vec<String> {
    let source = read(&root().join("platform/domain/src/pipeline.rs"));
    let rest = source.split("StageName {").nth(1).unwrap_or_default();
    let body = rest.split('}').next().unwrap_or_default();
    let names = body.lines().filter_map(|line| line.split('"').nth(1));
    names.map(str::to_owned).collect()
}

#[test]
fn the_drawn_process_is_whole() {
    let text = read(&root().join("docs/pipeline.bpmn"));
    let elements = elements(&text);

    let mut ids = BTreeSet::new();
    for id in elements.iter().filter_map(|e| e.attributes.get("id")) {
        assert!(ids.insert(*id), "{id} stands twice");
    }

    let nodes: Vec<&Element<'_>> = elements
        .iter()
        .filter(|element| is_node(element, &elements))
        .collect();
    let tasks: BTreeSet<&str> = nodes
        .iter()
        .filter(|node| node.name.to_lowercase().ends_with("task"))
        .map(|node| node.get("id"))
        .collect();
    let stages = stages();
    assert!(!stages.is_empty(), "the stages were not found");
    for stage in &stages {
        assert!(tasks.contains(stage.as_str()), "no task for {stage}");
    }

    let lanes = told(&elements, "bpmn:lane", "name");
    for service in SERVICES {
        assert!(lanes.contains(service), "no lane for {service}");
    }

    let shapes = told(&elements, "bpmndi:BPMNShape", "bpmnElement");
    for node in &nodes {
        let id = node.get("id");
        assert!(shapes.contains(id), "{id} is not drawn");
        let in_lanes = elements
            .iter()
            .filter(|e| e.name == "bpmn:flowNodeRef" && e.text == id);
        assert_eq!(in_lanes.count(), 1, "{id} is in one lane");
    }

    let known: BTreeSet<&str> = nodes.iter().map(|node| node.get("id")).collect();
    let edges = told(&elements, "bpmndi:BPMNEdge", "bpmnElement");
    for flow in elements.iter().filter(|e| e.name == "bpmn:sequenceFlow") {
        let id = flow.get("id");
        for end in ["sourceRef", "targetRef"] {
            assert!(known.contains(flow.get(end)), "{id}: its {end}");
        }
        assert!(edges.contains(id), "{id} is not drawn");
    }
    for (place, element) in elements.iter().enumerate() {
        let below = |name: &str| {
            let children = elements.iter().filter(|e| e.parent == Some(place));
            children.filter(|e| e.name == name).count()
        };
        match element.name {
            "bpmndi:BPMNShape" => assert_eq!(below("dc:Bounds"), 1, "{}", element.get("id")),
            "bpmndi:BPMNEdge" => assert!(below("di:waypoint") > 1, "{}", element.get("id")),
            _ => {}
        }
    }
    for drawn in shapes.iter().chain(&edges) {
        assert!(ids.contains(drawn), "{drawn} is drawn and not there");
    }
}
