//! The component in Edgee's own runtime. One binary: the component is compiled once for all tests.

mod delivery;
mod documents;
mod edgee;
mod hostile;
mod requests;
mod settings;
mod world;
