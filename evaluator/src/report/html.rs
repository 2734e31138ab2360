//! A page that grows from top to bottom; text is escaped unless a method says otherwise.

use crate::language::{Language, Text};
use crate::plots::canvas::escape;

/// The growing page.
pub(super) struct Page {
    pub(super) language: Language,
    out: String,
}

impl Page {
    pub(super) fn new(title: &str, language: Language) -> Self {
        let out = format!(
            "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n",
            language.code(),
            escape(title),
            include_str!("style.css"),
        );
        Self { language, out }
    }

    pub(super) fn finish(self) -> String {
        self.out + "</main>\n</body>\n</html>\n"
    }

    /// Markup that is ours: a literal, or a picture of `plots`, which escapes its own texts.
    pub(super) fn trusted(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// An element that holds text.
    pub(super) fn element(&mut self, tag: &str, class: &str, text: &str) {
        let text = escape(&self.language.typeset(text));
        if class.is_empty() {
            self.trusted(&format!("<{tag}>{text}</{tag}>\n"));
        } else {
            self.trusted(&format!("<{tag} class=\"{class}\">{text}</{tag}>\n"));
        }
    }

    /// A section with a heading.
    pub(super) fn section(&mut self, heading: Text, inside: impl FnOnce(&mut Self)) {
        self.trusted("<section>\n");
        self.element("h2", "", self.language.text(heading));
        inside(self);
        self.trusted("</section>\n");
    }

    /// Names and values, side by side.
    pub(super) fn facts(&mut self, facts: &[(Text, String)]) {
        self.trusted("<dl>\n");
        for (name, value) in facts {
            self.trusted("<div>");
            self.element("dt", "", self.language.text(*name));
            self.element("dd", "", value);
            self.trusted("</div>\n");
        }
        self.trusted("</dl>\n");
    }

    /// Items of a list.
    pub(super) fn list(&mut self, class: &str, items: &[String]) {
        self.trusted(&format!("<ul class=\"{class}\">\n"));
        for item in items {
            self.element("li", "", item);
        }
        self.trusted("</ul>\n");
    }

    /// A table: headings with the class of their column, then rows. A row that is marked stands
    /// out. Wide tables scroll within themselves.
    pub(super) fn table(&mut self, headings: &[(&str, &str)], rows: &[(bool, Vec<String>)]) {
        self.trusted("<div class=\"wide\"><table>\n<thead><tr>");
        for (class, heading) in headings {
            let heading = escape(heading);
            self.trusted(&format!(
                "<th scope=\"col\" class=\"{class}\">{heading}</th>"
            ));
        }
        self.trusted("</tr></thead>\n<tbody>\n");
        for (marked, cells) in rows {
            self.trusted(if *marked {
                "<tr class=\"chosen\">"
            } else {
                "<tr>"
            });
            for ((class, _), cell) in headings.iter().zip(cells) {
                let cell = escape(&self.language.typeset(cell));
                self.trusted(&format!("<td class=\"{class}\">{cell}</td>"));
            }
            self.trusted("</tr>\n");
        }
        self.trusted("</tbody>\n</table></div>\n");
    }
}
