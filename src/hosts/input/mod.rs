//! Events as they come in: one a line (NDJSON), a JSON array, a `{"batch": [...]}` body, or a single event, also one that
//! is laid out over many lines. Which of them it is tells itself, anew at each value, so they may also follow each other.
//! What a delivery has handed back in `--failed` is read as the events that it holds.
//!
//! Memory stays constant however long the input is: at most one event is held, or one batch body, and neither longer
//! than [`MAX_BODY_BYTES`]. Nothing is judged here but where events begin and end. What is cut off, too long or no JSON
//! is handed on as the one event it spoils.

mod batch;
mod handed_back;
pub(crate) mod scan;
mod window;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};

use crate::diagnostic::{Code, Diagnostic};
use crate::event::MAX_EVENT_BYTES;
use batch::Batch;
use scan::{Scanner, Step};
use window::Window;

/// The longest event or batch body that is kept, in bytes. What is longer is passed over and reported.
pub const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// The events of an input, one after the other.
#[derive(Debug)]
pub struct Events<R> {
    window: Window<R>,
    state: State,
    /// The unread bytes that the last event took.
    taken: usize,
    /// Up to this offset each line is an event: it was tried as a value of many lines, and was none.
    lines_until: u64,
    index: u64,
}

#[derive(Debug)]
enum State {
    Top,
    InArray,
    InBatch(Batch),
}

/// Input that is no UTF-8 from its first bytes on. It comes inside an [`io::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoded {
    /// It is compressed.
    Gzip,
    /// It is UTF-16.
    Utf16,
}

impl Encoded {
    /// What input that begins with these two bytes is, when it is one of them.
    const fn of(start: [u8; 2]) -> Option<Encoded> {
        match start {
            [0x1f, 0x8b] => Some(Encoded::Gzip),
            [0xff, 0xfe] | [0xfe, 0xff] => Some(Encoded::Utf16),
            _ => None,
        }
    }

    /// How to mend it.
    pub const fn help(self) -> &'static str {
        match self {
            Encoded::Gzip => "unpack it: `gunzip -c FILE | attio-destination deliver -`",
            Encoded::Utf16 => {
                "convert it: `iconv -f UTF-16 -t UTF-8 FILE | attio-destination deliver -`"
            }
        }
    }
}

impl fmt::Display for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoded::Gzip => "events are JSON in UTF-8, got data that is compressed with gzip",
            Encoded::Utf16 => "events are JSON in UTF-8, got UTF-16",
        })
    }
}

impl std::error::Error for Encoded {}

/// Where an event stands in its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number, the first is 0.
    pub index: u64,
    /// Its first byte.
    pub offset: u64,
    /// The line it begins in, the first is 1.
    pub line: u64,
}

/// One event of the input.
#[derive(Debug)]
pub struct Item<'a> {
    /// Where it stands.
    pub place: Place,
    /// Its bytes; or what is wrong, when they cannot be had.
    pub bytes: Result<Cow<'a, [u8]>, Diagnostic>,
}

/// A value of the input: so many unread bytes, after so many that were passed over because they were too many.
#[derive(Default)]
struct Span {
    len: usize,
    dropped: u64,
}

impl<R: Read> Events<R> {
    /// The events in `source`.
    pub fn new(source: R) -> Self {
        Events {
            window: Window::new(source),
            state: State::Top,
            taken: 0,
            lines_until: 0,
            index: 0,
        }
    }

    /// Whether nothing was fetched beyond the last event, so that the next may have to be waited for.
    pub fn is_drained(&self) -> bool {
        !matches!(self.state, State::InBatch(_)) && self.window.unread().len() <= self.taken
    }

    /// The next event; nothing at the end of the input.
    ///
    /// # Errors
    /// When the source cannot be read, or is [`Encoded`].
    pub fn next_event(&mut self) -> io::Result<Option<Item<'_>>> {
        loop {
            self.window.consume(std::mem::take(&mut self.taken));
            match &mut self.state {
                State::InBatch(batch) => {
                    if let Some(call) = batch.next_call() {
                        return Ok(Some(self.call(call)));
                    }
                    self.taken = batch.body_bytes;
                    self.state = State::Top;
                }
                State::InArray => {
                    let next = self.window.skip(|b| b.is_ascii_whitespace() || b == b',')?;
                    let place = self.place();
                    match next {
                        Some(b']') => {
                            self.taken = 1;
                            self.state = State::Top;
                        }
                        Some(_) => {
                            let span = self.element()?;
                            return Ok(Some(self.item(place, span)));
                        }
                        None => {
                            self.state = State::Top;
                            return Ok(Some(self.unclosed(place)));
                        }
                    }
                }
                State::Top => {
                    self.begin()?;
                    let next = self.window.skip(|b| b.is_ascii_whitespace())?;
                    let place = self.place();
                    match next {
                        None => return Ok(None),
                        Some(b'[') => {
                            self.taken = 1;
                            self.state = State::InArray;
                        }
                        Some(first) => {
                            let span = self.lines(first)?;
                            let is_whole = first == b'{' && span.dropped == 0;
                            match is_whole.then(|| Batch::read(&self.window.unread()[..span.len])) {
                                Some(Some(batch)) => self.state = State::InBatch(batch),
                                _ => return Ok(Some(self.item(place, span))),
                            }
                        }
                    }
                }
            }
        }
    }

    fn place(&self) -> Place {
        Place {
            index: self.index,
            offset: self.window.offset,
            line: self.window.line,
        }
    }

    fn item(&mut self, place: Place, span: Span) -> Item<'_> {
        self.taken = span.len;
        self.index += 1;
        let bytes = if span.dropped > 0 || span.len > MAX_BODY_BYTES {
            let message = format!(
                "an event takes at most {MAX_EVENT_BYTES} bytes, got {}",
                span.dropped + span.len as u64
            );
            Err(Diagnostic::error(Code::EventTooLarge, "", message)
                .help("leave out what no mapping needs, or split the event"))
        } else {
            let text = self.window.unread()[..span.len].trim_ascii();
            Ok(handed_back::event(text).unwrap_or(Cow::Borrowed(text)))
        };
        Item { place, bytes }
    }

    fn call(&mut self, call: std::ops::Range<usize>) -> Item<'_> {
        let State::InBatch(batch) = &self.state else {
            unreachable!("OK because a call comes from the batch that is being read");
        };
        let unread = self.window.unread();
        let place = Place {
            index: self.index,
            offset: self.window.offset + call.start as u64,
            line: self.window.line
                + memchr::memchr_iter(b'\n', &unread[..call.start]).count() as u64,
        };
        self.index += 1;
        Item {
            place,
            bytes: Ok(batch.with_common(&unread[call])),
        }
    }

    fn unclosed(&mut self, place: Place) -> Item<'static> {
        self.index += 1;
        let message = "an array of events expected `]` at its end, got the end of the input";
        Item {
            place,
            bytes: Err(Diagnostic::error(Code::EventInvalidJson, "", message)
                .help("see whether the input was cut off")),
        }
    }

    /// Passes over a byte order mark at the beginning, and sees whether it is text.
    fn begin(&mut self) -> io::Result<()> {
        if self.window.offset > 0 {
            return Ok(());
        }
        match self.window.byte(0)? {
            Some(0xef) => {
                self.window.byte(2)?;
                if self.window.unread().starts_with("\u{feff}".as_bytes()) {
                    self.window.consume(3);
                }
                Ok(())
            }
            Some(first @ (0x1f | 0xfe | 0xff)) => {
                let second = self.window.byte(1)?;
                match second.and_then(|second| Encoded::of([first, second])) {
                    Some(encoded) => Err(io::Error::new(io::ErrorKind::InvalidData, encoded)),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// A value that begins a line: that line, or as many as an object takes that goes on behind it.
    fn lines(&mut self, first: u8) -> io::Result<Span> {
        let Some(mut len) = self.line_end(0)? else {
            return self.pass_over();
        };
        // By far most inputs have one event in one line. Where the next is here already, no more need be seen of this.
        let unread = self.window.unread();
        if first != b'{'
            || self.window.offset < self.lines_until
            || unread.get(len) == Some(&b'{') && unread[..len].trim_ascii_end().ends_with(b"}")
        {
            return Ok(Span { len, dropped: 0 });
        }
        let first_line = len;
        let mut scanner = Scanner::default();
        let mut scanned = 0;
        loop {
            match scanner.feed(&self.window.unread()[scanned..len]) {
                Step::More => {}
                Step::Done(_) => return Ok(Span { len, dropped: 0 }),
                // A string was cut off by the end of this line, or the value by that of the line before.
                Step::Broken(at) if scanned + at == len => return self.broken(first_line, len),
                Step::Broken(_) => return self.broken(first_line, scanned),
            }
            scanned = len;
            match self.line_end(len)? {
                None => return self.pass_over(),
                Some(end) if end == len => return self.broken(first_line, len),
                Some(end) => len = end,
            }
        }
    }

    /// A value that is broken after `len` bytes.
    fn broken(&mut self, first_line: usize, mut len: usize) -> io::Result<Span> {
        let text = &self.window.unread()[..len];
        if text[first_line..].trim_ascii().is_empty() {
            return Ok(Span {
                len: first_line,
                dropped: 0,
            });
        }
        // A line that was cut off where a value could go on does not take those behind it along.
        if let Some(at) = memchr::memmem::find(text, b"\n{") {
            self.lines_until = self.window.offset + len as u64;
            return Ok(Span {
                len: at + 1,
                dropped: 0,
            });
        }
        while !matches!(self.window.byte(len)?, None | Some(b'{')) {
            match self.line_end(len)? {
                None => return self.pass_over(),
                Some(end) => len = end,
            }
        }
        Ok(Span { len, dropped: 0 })
    }

    /// The end of the line that begins at `from`, behind its line break; nothing when that is too far.
    fn line_end(&mut self, from: usize) -> io::Result<Option<usize>> {
        let mut searched = from;
        loop {
            let unread = self.window.unread();
            let end = memchr::memchr(b'\n', &unread[searched..]).map(|at| searched + at + 1);
            searched = unread.len();
            match end {
                Some(end) => return Ok((end <= MAX_BODY_BYTES).then_some(end)),
                None if searched > MAX_BODY_BYTES => return Ok(None),
                None if self.window.fill()? => {}
                None => return Ok(Some(searched)),
            }
        }
    }

    /// Passes over a value that is too long, to the next line that begins an event.
    fn pass_over(&mut self) -> io::Result<Span> {
        let from = self.window.offset;
        loop {
            self.window.skip(|byte| byte != b'\n')?;
            let begins_event = matches!(self.window.byte(1)?, None | Some(b'{'));
            let line_break = self.window.unread().len().min(1);
            self.window.consume(line_break);
            if begins_event {
                return Ok(Span {
                    len: 0,
                    dropped: self.window.offset - from,
                });
            }
        }
    }

    /// An element of an array.
    fn element(&mut self) -> io::Result<Span> {
        let mut span = Span::default();
        let mut scanner = Scanner::default();
        loop {
            let step = scanner.feed(&self.window.unread()[span.len..]);
            match step {
                Step::Done(at) => {
                    span.len += at;
                    return Ok(span);
                }
                Step::Broken(at) => {
                    span.len += at;
                    return self.resume_in_array(span);
                }
                Step::More => {
                    span.len = self.window.unread().len();
                    if !self.more(&mut span)? {
                        return Ok(span);
                    }
                }
            }
        }
    }

    /// Lengthens a broken element to the next line that begins one, or that ends the array.
    fn resume_in_array(&mut self, mut span: Span) -> io::Result<Span> {
        loop {
            let after_line_break = span.len > 0 && self.window.unread()[span.len - 1] == b'\n';
            match self.window.byte(span.len)? {
                None | Some(b'{') => return Ok(span),
                Some(b']') if after_line_break => return Ok(span),
                Some(byte) if byte.is_ascii_whitespace() => span.len += 1,
                Some(_) => loop {
                    let rest = &self.window.unread()[span.len..];
                    if let Some(at) = memchr::memchr(b'\n', rest) {
                        span.len += at + 1;
                        break;
                    }
                    span.len += rest.len();
                    if !self.more(&mut span)? {
                        return Ok(span);
                    }
                },
            }
        }
    }

    /// Fetches more of an element; what is too long to be kept is dropped.
    fn more(&mut self, span: &mut Span) -> io::Result<bool> {
        if span.len > MAX_BODY_BYTES {
            self.window.consume(span.len);
            span.dropped += span.len as u64;
            span.len = 0;
        }
        self.window.fill()
    }
}

#[cfg(test)]
mod tests;
