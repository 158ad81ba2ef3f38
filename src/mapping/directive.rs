//! The registry of directives.

/// A directive of the mapping language. The parser matches on it exhaustively, and every directive compiles to an
/// expression that the resolver and the printer match on exhaustively, so none can be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Directive {
    /// `{"@path": "$.traits.email"}`: the value at a path.
    Path,
    /// `{"@template": "{{traits.first}} {{traits.last}}"}`: text with values in it.
    Template,
    /// `{"@if": {"exists": .., "then": .., "else": ..}}`: one value or another.
    If,
    /// `{"@first": [..]}`: the first value that is there and not null.
    First,
    /// `{"@literal": ..}`: what stands there.
    Literal,
    /// `{"@arrayPath": ["$.products", {..}]}`: every element of an array in a shape.
    ArrayPath,
    /// `{"@case": {"operator": "lower", "value": ..}}`: text in lower or upper case.
    Case,
    /// `{"@replace": {"pattern": "-", "replacement": " ", "value": ..}}`: text with one text replaced by another.
    Replace,
    /// `{"@merge": {"direction": "right", "objects": [..]}}`: several objects as one.
    Merge,
    /// `{"@transform": {"apply": {..}, "mapping": ..}}`: a mapping of the result of another.
    Transform,
    /// `{"@flatten": {"value": .., "separator": "."}}`: nested objects as one level.
    Flatten,
    /// `{"@json": {"mode": "encode", "value": ..}}`: a value as JSON text, or back.
    Json,
    /// `{"@jsonpath": "$.products[*].name"}`: what an RFC 9535 query selects.
    JsonPath,
    /// `{"@liquid": "{{ traits.name | upcase }}"}`: text made by a Liquid template.
    Liquid,
    /// `{"@excludeWhenNull": ..}`: the value without nulls.
    ExcludeWhenNull,
    /// `{"@field": "email"}`: a resolved field of the action, in action files only.
    Field,
    /// `{"@coerce": {"value": .., "as": "date"}}`: a value and how its attribute is to read it.
    Coerce,
}

impl Directive {
    /// All of them.
    pub const ALL: &'static [Directive] = &[
        Directive::Path,
        Directive::Template,
        Directive::If,
        Directive::First,
        Directive::Literal,
        Directive::ArrayPath,
        Directive::Case,
        Directive::Replace,
        Directive::Merge,
        Directive::Transform,
        Directive::Flatten,
        Directive::Json,
        Directive::JsonPath,
        Directive::Liquid,
        Directive::ExcludeWhenNull,
        Directive::Field,
        Directive::Coerce,
    ];

    /// The key that it is written with.
    pub const fn as_str(self) -> &'static str {
        match self {
            Directive::Path => "@path",
            Directive::Template => "@template",
            Directive::If => "@if",
            Directive::First => "@first",
            Directive::Literal => "@literal",
            Directive::ArrayPath => "@arrayPath",
            Directive::Case => "@case",
            Directive::Replace => "@replace",
            Directive::Merge => "@merge",
            Directive::Transform => "@transform",
            Directive::Flatten => "@flatten",
            Directive::Json => "@json",
            Directive::JsonPath => "@jsonpath",
            Directive::Liquid => "@liquid",
            Directive::ExcludeWhenNull => "@excludeWhenNull",
            Directive::Field => "@field",
            Directive::Coerce => "@coerce",
        }
    }

    /// The options that it takes, for a directive that takes an object of them. `@coerce` takes any others too, which
    /// its attribute knows.
    pub const fn options(self) -> &'static [&'static str] {
        match self {
            Directive::If => &["exists", "blank", "then", "else"],
            Directive::Case => &["operator", "value"],
            Directive::Replace => &[
                "pattern",
                "replacement",
                "pattern2",
                "replacement2",
                "global",
                "ignorecase",
                "value",
            ],
            Directive::Merge => &["direction", "objects"],
            Directive::Transform => &["apply", "mapping"],
            Directive::Flatten => &["value", "separator", "omitArrays"],
            Directive::Json => &["mode", "value"],
            Directive::Coerce => &["value", "as"],
            Directive::Path
            | Directive::Template
            | Directive::First
            | Directive::Literal
            | Directive::ArrayPath
            | Directive::JsonPath
            | Directive::Liquid
            | Directive::ExcludeWhenNull
            | Directive::Field => &[],
        }
    }

    /// The directive that is written with `key`.
    pub fn named(key: &str) -> Option<Directive> {
        Self::ALL.iter().copied().find(|d| d.as_str() == key)
    }
}
