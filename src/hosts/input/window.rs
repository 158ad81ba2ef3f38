//! The part of an input that is in memory.

use std::io::{self, Read};

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 128 * 1024;

/// The unread bytes of a source that were fetched already, in one piece, and where in the source they begin.
#[derive(Debug)]
pub(crate) struct Window<R> {
    source: R,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// The place in the source of the first unread byte, in bytes.
    pub(crate) offset: u64,
    /// Its line, the first is 1.
    pub(crate) line: u64,
}

impl<R: Read> Window<R> {
    pub(crate) fn new(source: R) -> Self {
        Window {
            source,
            bytes: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
            line: 1,
        }
    }

    /// What was fetched and not consumed yet.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Fetches more; `false` at the end of the source.
    pub(crate) fn fill(&mut self) -> io::Result<bool> {
        if self.bytes.len() - self.end < CHUNK_BYTES / 2 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.bytes.len() - self.end < CHUNK_BYTES {
                self.bytes.resize(self.end + CHUNK_BYTES, 0);
            }
        }
        loop {
            match self.source.read(&mut self.bytes[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(read) => {
                    self.end += read;
                    return Ok(read > 0);
                }
            }
        }
    }

    /// The unread byte at `at`; none at the end of the source.
    pub(crate) fn byte(&mut self, at: usize) -> io::Result<Option<u8>> {
        while self.unread().len() <= at {
            if !self.fill()? {
                return Ok(None);
            }
        }
        Ok(self.unread().get(at).copied())
    }

    /// Passes over `count` of the unread bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        let passed = &self.bytes[self.start..self.start + count];
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.offset += count as u64;
        self.start += count;
    }

    /// Passes over the bytes that `skip` says, and gives the first that is none of them.
    pub(crate) fn skip(&mut self, skip: impl Fn(u8) -> bool) -> io::Result<Option<u8>> {
        loop {
            let found = self.unread().iter().position(|byte| !skip(*byte));
            self.consume(found.unwrap_or(self.unread().len()));
            if found.is_some() {
                return Ok(self.unread().first().copied());
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }
}
