//! From mapping JSON to an [`Expr`], with everything that is wrong with it at once.

use super::directive::Directive;
use super::expr::{ArrayPath, Computed, Expr, Field, If, Node, Place, Test, Transform};
use super::options::Body;
use super::path;
use super::template;
use super::{MAX_EXPRESSIONS, MAX_NESTING, ROOT_KEY};
use crate::diagnostic::{Code, Diagnostic, excerpt, nearest_or_all, pointer};
use crate::event::{Paths, Segment};
use crate::json::{Object, Value};

/// The key that may stand beside a directive: what Segment's editor remembers about it.
const METADATA: &str = "_metadata";

/// Compiles expressions, registers the paths that they read, and gathers what is wrong with them.
#[derive(Debug)]
pub struct Compiler<'p> {
    paths: &'p mut Paths,
    fields: Option<&'p [&'p str]>,
    diagnostics: Vec<Diagnostic>,
    /// What is doubtful.
    warnings: Vec<Diagnostic>,
    /// Whether paths begin at the event, or at an element or the result of a `@transform`.
    from_event: bool,
    depth: usize,
    expressions: usize,
}

impl<'p> Compiler<'p> {
    /// A compiler of mappings without `@field`.
    pub fn new(paths: &'p mut Paths) -> Self {
        Compiler {
            paths,
            fields: None,
            diagnostics: Vec::new(),
            warnings: Vec::new(),
            from_event: true,
            depth: 0,
            expressions: 0,
        }
    }

    /// Allows `@field` with these names; [`Scope`](super::Scope) gives their values in the same order.
    #[must_use]
    pub fn fields(mut self, names: &'p [&'p str]) -> Self {
        self.fields = Some(names);
        self
    }

    /// What was wrong with all that was compiled, in the order it is written; then what is doubtful, as warnings.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.append(&mut self.warnings);
        self.diagnostics
    }

    /// Compiles what stands at `at`. `None` when anything in it is wrong; the rest of it is checked nevertheless.
    pub fn expr(&mut self, value: &Value<'_>, at: &str) -> Option<Expr> {
        self.expressions += 1;
        if self.expressions == MAX_EXPRESSIONS + 1 {
            let message = format!("a mapping has at most {MAX_EXPRESSIONS} expressions, got more");
            self.refuse(Diagnostic::error(Code::MappingLimit, at, message).help("map less"));
        }
        if self.depth == MAX_NESTING {
            let message =
                format!("a mapping nests at most {MAX_NESTING} expressions deep, got more");
            self.refuse(
                Diagnostic::error(Code::MappingLimit, at, message)
                    .help("write a chain of `@if` as one `@first`"),
            );
            return None;
        }
        if self.expressions > MAX_EXPRESSIONS {
            return None;
        }
        self.depth += 1;
        let node = self.node(value, at);
        self.depth -= 1;
        Some(Expr {
            at: at.into(),
            node: node?,
        })
    }

    /// Compiles the root key of a mapping, if it has one: every other key is then a mapping of what its `@transform`
    /// applies. From then on, this compiler's paths begin at that result, and the expressions are to be evaluated in a
    /// [`Scope::value`](super::Scope::value) of it.
    ///
    /// `Some(None)` when the mapping has no root key, `None` when it is wrong.
    pub fn root_key(&mut self, mapping: &Object<'_>, at: &str) -> Option<Option<Expr>> {
        let Some(root) = mapping.get(ROOT_KEY) else {
            return Some(None);
        };
        let at = pointer(at, ROOT_KEY);
        let transform = root
            .as_object()
            .filter(|object| object.len() == 1)
            .and_then(|object| object.get(Directive::Transform.as_str()));
        let Some(body) = transform else {
            let message = format!(
                "`{ROOT_KEY}` expected one `@transform`, got {}",
                root.describe()
            );
            self.refuse(
                Diagnostic::error(Code::MappingShape, at, message).help(format!(
                    "write `{{\"{ROOT_KEY}\": {{\"@transform\": {{\"apply\": ..}}}}}}`"
                )),
            );
            return None;
        };
        let at = pointer(&at, Directive::Transform.as_str());
        let before = self.diagnostics.len();
        let apply = self
            .body(Directive::Transform, body, &at)
            .and_then(|body| self.apply(&body));
        self.from_event = false;
        apply.filter(|_| self.diagnostics.len() == before).map(Some)
    }

    pub(super) fn refuse(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn node(&mut self, value: &Value<'_>, at: &str) -> Option<Node> {
        match value {
            Value::Array(items) => self.items(items, at).map(Node::Array),
            Value::Object(object) => match object.keys().find(|key| key.starts_with('@')) {
                Some(key) => self.directive(object, key, at),
                None => self.object(object.iter(), at),
            },
            raw => Some(Node::Raw(raw.clone().into_owned())),
        }
    }

    pub(super) fn items(&mut self, items: &[Value<'_>], at: &str) -> Option<Box<[Expr]>> {
        // Collected in two steps so that what is wrong with one does not hide what is wrong with the next.
        let items: Vec<Option<Expr>> = items
            .iter()
            .enumerate()
            .map(|(i, item)| self.expr(item, &pointer(at, i)))
            .collect();
        items.into_iter().collect()
    }

    pub(super) fn object<'v>(
        &mut self,
        entries: impl Iterator<Item = (&'v str, &'v Value<'v>)>,
        at: &str,
    ) -> Option<Node> {
        let entries: Vec<Option<(Box<str>, Expr)>> = entries
            .map(|(key, value)| Some((key.into(), self.expr(value, &pointer(at, key))?)))
            .collect();
        entries.into_iter().collect::<Option<_>>().map(Node::Object)
    }

    fn directive(&mut self, object: &Object<'_>, key: &str, at: &str) -> Option<Node> {
        if let Some(other) = object.keys().find(|k| *k != key && *k != METADATA) {
            let message = format!(
                "a directive stands alone, got `{}` beside `{}`",
                excerpt(other),
                excerpt(key)
            );
            let help = if other.starts_with('@') {
                "put one directive into the other, or each under a key of its own".to_owned()
            } else {
                format!(
                    "move `{}` out of the object, or the directive under a key of its own",
                    excerpt(other)
                )
            };
            self.refuse(Diagnostic::error(Code::MappingMixedDirective, at, message).help(help));
            return None;
        }
        let Some(directive) = Directive::named(key) else {
            let message = format!("`{}` is no directive", excerpt(key));
            let here =
                |directive: &&Directive| self.fields.is_some() || **directive != Directive::Field;
            let known = Directive::ALL.iter().filter(here);
            let known = known.map(|directive| directive.as_str());
            let help = nearest_or_all(key, "the directives", known);
            self.refuse(Diagnostic::error(Code::MappingUnknownDirective, at, message).help(help));
            return None;
        };
        let body = object.get(key)?;
        let at = pointer(at, key);
        let before = self.diagnostics.len();
        let node = match directive {
            Directive::Path => self.path(body, &at),
            Directive::Template => self.template(body, &at),
            Directive::If => self.condition(body, &at),
            Directive::First => self.first(body, &at),
            Directive::Literal => Some(Node::Literal(Box::new(self.expr(body, &at)?))),
            Directive::ArrayPath => self.array_path(body, &at),
            Directive::Case => self.case(body, &at),
            Directive::Replace => self.replace(body, &at),
            Directive::Merge => self.merge(body, &at),
            Directive::Transform => self.transform(body, &at),
            Directive::Flatten => self.flatten(body, &at),
            Directive::Json => self.json(body, &at),
            Directive::JsonPath => self.jsonpath(body, &at),
            Directive::Liquid => self.liquid(body, &at),
            Directive::ExcludeWhenNull => {
                Some(Node::ExcludeWhenNull(Box::new(self.expr(body, &at)?)))
            }
            Directive::Field => self.field(body, &at),
            Directive::Coerce => self.coerce(body, &at),
        };
        node.filter(|_| self.diagnostics.len() == before)
    }

    pub(super) fn place(&mut self, path: Vec<Segment>) -> Place {
        Place {
            slot: self.from_event.then(|| self.paths.slot(&path)),
            path: path.into(),
        }
    }

    /// A text, or the expression of one.
    fn text(
        &mut self,
        directive: Directive,
        body: &Value<'_>,
        at: &str,
    ) -> Option<Result<String, Box<Computed>>> {
        let expr = self.expr(body, at)?;
        match expr.literal() {
            None => {
                let whole = self.place(Vec::new());
                Some(Err(Box::new(Computed { text: expr, whole })))
            }
            Some(Value::String(text)) => Some(Ok(text.into_owned())),
            Some(other) => {
                let message = format!(
                    "`{}` expected a string or a directive, got {}",
                    directive.as_str(),
                    other.describe()
                );
                let help = match directive {
                    Directive::Template => {
                        "write the template as a string, e.g. `\"{{traits.name}}\"`"
                    }
                    _ => "write the path as a string, e.g. `\"$.traits.email\"`",
                };
                self.refuse(Diagnostic::error(Code::MappingShape, at, message).help(help));
                None
            }
        }
    }

    fn path(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        match self.text(Directive::Path, body, at)? {
            Ok(text) => self.fixed_path(&text, at).map(Node::Path),
            Err(computed) => Some(Node::PathOf(computed)),
        }
    }

    fn fixed_path(&mut self, text: &str, at: &str) -> Option<Place> {
        match path::parse(text) {
            Ok(path) => Some(self.place(path)),
            Err(error) => {
                let message = format!("`{}` is no path: {}", excerpt(text), error.message);
                self.refuse(Diagnostic::error(Code::MappingPath, at, message).help(error.help));
                None
            }
        }
    }

    fn template(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let text = match self.text(Directive::Template, body, at)? {
            Ok(text) => text,
            Err(computed) => return Some(Node::TemplateOf(computed)),
        };
        let mut filter = None;
        let parts = template::parse(&text, |written, path| {
            if filter.is_none() && template::has_filter(written) {
                filter = Some(written.to_owned());
            }
            self.place(path)
        });
        if let Some(path) = filter {
            let path = excerpt(&path);
            let message = format!(
                "`{path}` in a template is the path to a key of that name, got what looks like a filter"
            );
            self.warnings.push(
                Diagnostic::warning(Code::MappingTemplate, at, message).help(format!(
                    "only `@liquid` has filters: write `{{\"@liquid\": \"{{{{ {path} }}}}\"}}`"
                )),
            );
        }
        match parts {
            Ok(parts) => Some(Node::Template(parts)),
            Err(error) => {
                self.refuse(error.diagnostic(Code::MappingTemplate, at));
                None
            }
        }
    }

    fn condition(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let body = self.body(Directive::If, body, at)?;
        let (test, key) = match (body.get("exists"), body.get("blank")) {
            (Some(_), None) => (Test::Exists, "exists"),
            (None, Some(_)) => (Test::Blank, "blank"),
            (exists, _) => {
                let got = if exists.is_some() { "both" } else { "neither" };
                let message = format!("`@if` expected `exists` or `blank`, got {got}");
                self.refuse(
                    Diagnostic::error(Code::MappingOption, at, message)
                        .help("`exists` takes `then` for a value that is not null, `blank` for one that is not empty either"),
                );
                return None;
            }
        };
        let value = self.needed(&body, key);
        let then = self.optional(&body, "then");
        let otherwise = self.optional(&body, "else");
        Some(Node::If(Box::new(If {
            test,
            value: value?,
            then: then?,
            otherwise: otherwise?,
        })))
    }

    fn first(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        match body {
            Value::Array(items) if !items.is_empty() => self.items(items, at).map(Node::First),
            other => {
                let message = format!(
                    "`@first` expected an array of what to try, got {}",
                    other.describe()
                );
                self.refuse(
                    Diagnostic::error(Code::MappingShape, at, message)
                        .help("write `{\"@first\": [{\"@path\": \"$.traits.email\"}, {\"@path\": \"$.email\"}]}`"),
                );
                None
            }
        }
    }

    fn array_path(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let (value, shape) = match body.as_array() {
            Some([value]) => (value, None),
            Some([value, shape]) => (value, Some(shape)),
            _ => {
                let message = format!(
                    "`@arrayPath` expected an array of a path and a shape, got {}",
                    body.describe()
                );
                self.refuse(
                    Diagnostic::error(Code::MappingShape, at, message)
                        .help("write `{\"@arrayPath\": [\"$.products\", {\"name\": {\"@path\": \"$.name\"}}]}`"),
                );
                return None;
            }
        };
        let value_at = pointer(at, 0);
        let value = match value {
            Value::String(text) => self.fixed_path(text, &value_at).map(|place| Expr {
                at: value_at.into(),
                node: Node::Path(place),
            }),
            Value::Object(object) if object.keys().any(|key| key.starts_with('@')) => {
                self.expr(value, &value_at)
            }
            other => {
                let message = format!(
                    "`@arrayPath` expected a path or a directive first, got {}",
                    other.describe()
                );
                self.refuse(
                    Diagnostic::error(Code::MappingShape, value_at, message)
                        .help("write the path of the array as a string, e.g. `\"$.products\"`"),
                );
                None
            }
        };
        let shape = match shape {
            None => Some(None),
            Some(Value::Object(object)) if object.is_empty() => Some(None),
            Some(shape @ Value::Object(_)) => {
                self.over_other(|compiler| compiler.expr(shape, &pointer(at, 1)).map(Some))
            }
            Some(other) => {
                let message = format!(
                    "the shape of `@arrayPath` expected an object, got {}",
                    other.describe()
                );
                self.refuse(
                    Diagnostic::error(Code::MappingShape, pointer(at, 1), message)
                        .help("leave the shape out to get the elements as they are"),
                );
                None
            }
        };
        Some(Node::ArrayPath(Box::new(ArrayPath {
            value: value?,
            shape: shape?,
        })))
    }

    fn transform(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let body = self.body(Directive::Transform, body, at)?;
        let apply = self.apply(&body);
        let mapping = self.over_other(|compiler| compiler.needed(&body, "mapping"));
        Some(Node::Transform(Box::new(Transform {
            apply: apply?,
            mapping: mapping?,
        })))
    }

    fn apply(&mut self, body: &Body<'_>) -> Option<Expr> {
        match body.get("apply") {
            Some(Value::Object(_)) => self.needed(body, "apply"),
            _ => {
                self.refuse(body.wrong("apply", "an object or a directive")
                        .help("write what the mapping is to see, e.g. `{\"order\": {\"@path\": \"$.properties\"}}`"));
                None
            }
        }
    }

    fn field(&mut self, body: &Value<'_>, at: &str) -> Option<Node> {
        let Some(fields) = self.fields else {
            let message = "`@field` is for action files, got one in a mapping";
            self.refuse(
                Diagnostic::error(Code::MappingUnknownDirective, at, message)
                    .help("use `@path` to read from the event"),
            );
            return None;
        };
        let Some(name) = body.as_str() else {
            let message = format!(
                "`@field` expected the name of a field, got {}",
                body.describe()
            );
            self.refuse(
                Diagnostic::error(Code::MappingShape, at, message)
                    .help("write the name as a string"),
            );
            return None;
        };
        let Some(index) = fields.iter().position(|field| *field == name) else {
            let message = format!("`{}` is no field of the action", excerpt(name));
            let help = match fields {
                [] => "the action has no fields".to_owned(),
                fields => nearest_or_all(name, "its fields", fields.iter().copied()),
            };
            self.refuse(Diagnostic::error(Code::ActionUnknownField, at, message).help(help));
            return None;
        };
        Some(Node::Field(Field {
            index,
            name: name.into(),
        }))
    }

    /// Compiles what reads from something else than the event.
    fn over_other<T>(&mut self, compile: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.from_event, false);
        let compiled = compile(self);
        self.from_event = before;
        compiled
    }
}
