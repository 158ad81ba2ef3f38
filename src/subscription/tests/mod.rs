mod errors;
mod matching;
mod overlap;
mod properties;
