//! Tables for people.

use std::cmp::Reverse;

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Row, Table, TableStyle};

use crate::plan::Finding;

/// What stands under a header.
const RULE: LineStyle = LineStyle::none().fill('─').junction(' ');

/// How wide a table with long cells is where there is no terminal to say so, in characters.
const WIDTH: u16 = 160;

/// Fewer columns no terminal has, in characters.
const NARROWEST: u16 = 20;

/// A table under a header, its columns of the numbers `right` aligned to the right. On a terminal it is as wide as that
/// allows; elsewhere as wide as it needs.
pub(super) fn render<H: AsRef<str>, R: IntoIterator<Item = String>>(
    header: impl IntoIterator<Item = H>,
    rows: impl IntoIterator<Item = R>,
    right: &[usize],
) -> String {
    build(Table::new(), header, rows, right)
}

/// The same for cells that may be long: they are wrapped, also where there is no terminal.
pub(super) fn render_wrapped<H: AsRef<str>, R: IntoIterator<Item = String>>(
    header: impl IntoIterator<Item = H>,
    rows: impl IntoIterator<Item = R>,
) -> String {
    let mut table = Table::new();
    if table.width().is_none() {
        table.set_width(WIDTH);
    }
    build(table, header, rows, &[])
}

/// What was found wrong, each with its name, worst and most frequent first.
pub(super) fn render_findings(mut findings: Vec<(&str, &Finding)>) -> String {
    findings.sort_by_key(|(_, finding)| (finding.severity, Reverse(finding.count)));
    let rows = findings.into_iter().map(|(what, finding)| {
        [
            what.to_owned(),
            finding.count.to_string(),
            format!("line {}: {}", finding.line, finding.message),
        ]
    });
    render_wrapped(["Found", "Times", "First"], rows)
}

fn build<H: AsRef<str>, R: IntoIterator<Item = String>>(
    mut table: Table,
    header: impl IntoIterator<Item = H>,
    rows: impl IntoIterator<Item = R>,
    right: &[usize],
) -> String {
    // A terminal that says it has next to no columns does not know how many it has.
    if table.width().is_some_and(|width| width < NARROWEST) {
        table.set_width(WIDTH);
    }
    table
        .load_style(TableStyle::new().header_separator(RULE))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(Row::from(
            header
                .into_iter()
                .map(|title| without_controls(title.as_ref())),
        ));
    for row in rows {
        table.add_row(Row::from(
            row.into_iter().map(|cell| without_controls(&cell)),
        ));
    }
    for &column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// What comes from an event must not steer the terminal.
fn without_controls(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_its_numbers_on_the_right_and_nothing_that_steers_a_terminal() {
        let rows = [
            ["people".to_owned(), "12".to_owned()],
            ["\u{1b}[31mred".to_owned(), "1".to_owned()],
        ];
        insta::assert_snapshot!(render(["Object", "Writes"], rows, &[1]), @"
         Object     Writes
        ────────── ────────
         people         12
          [31mred        1
        ");
    }
}
