//! How a Rust program embeds the component: compiled once, instantiated from a pool, and held to its share.
//!
//! [`Host`] is one engine with the component made ready in it. A [`Mapper`] is an instance with a configuration in it.
//! A call that takes more time or memory than [`Limits`] gives it, or traps for any other reason, fails with a
//! [`Failure`]; the instance is thrown away (a component that trapped cannot be entered again), and the next call makes
//! a new one. Nothing else of the host is touched.

mod bindings;
mod limits;
pub mod line;

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;

use wasmtime::component::{Component, Linker, ResourceAny};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store, format_err,
};

use bindings::exports::attio::destination::mapping::Guest;
pub use bindings::exports::attio::destination::mapping::{
    Diagnostic, Outcome, Plan, Severity, Write, WriteKind,
};
use bindings::{Destination, DestinationPre};
use limits::Share;
pub use limits::{Failure, Limits, MOST_MEMORY_BYTES, TICK};

/// The component, made ready. Clones share everything.
#[derive(Clone)]
pub struct Host {
    engine: Engine,
    ready: DestinationPre<Share>,
    limits: Limits,
    /// Stops the clock when the last clone is gone.
    _clock: Arc<Sender<()>>,
}

impl Host {
    /// Compiles the component (some seconds; keep the host) and starts the clock of its deadlines. There may be as many
    /// instances at a time as there are `places`.
    ///
    /// # Errors
    /// When the bytes are not the component, or the system cannot give what `places` ask for.
    pub fn new(component: &[u8], places: u32) -> wasmtime::Result<Host> {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(places)
            .total_memories(places)
            // Around the module of the component stand two small ones that connect it.
            .total_core_instances(places.saturating_mul(3))
            .total_tables(places.saturating_mul(3))
            .max_memory_size(MOST_MEMORY_BYTES);
        let mut config = Config::new();
        config
            .epoch_interruption(true)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config)?;
        // The linker stays empty: the component imports nothing.
        let component = Component::new(&engine, component)?;
        let ready = DestinationPre::new(Linker::new(&engine).instantiate_pre(&component)?)?;

        let (clock, stopped) = channel();
        let ticking = engine.clone();
        thread::spawn(move || {
            // Nothing is ever sent: to wait is to sleep, until the last host is gone.
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                ticking.increment_epoch();
            }
        });
        Ok(Host {
            engine,
            ready,
            limits: Limits::default(),
            _clock: Arc::new(clock),
        })
    }

    /// The same host with other limits for what is made of it.
    #[must_use]
    pub fn limited(&self, limits: Limits) -> Host {
        Host {
            limits,
            ..self.clone()
        }
    }

    /// Compiles a configuration: the JSON of a document, and of a workspace's schema where there is one.
    ///
    /// # Errors
    /// All that is wrong with the configuration, or how the call failed.
    pub fn mapper(&self, config: &str, schema: Option<&str>) -> Result<Mapper, MapperError> {
        let live = self.compile(config, schema)?;
        Ok(Mapper {
            host: self.clone(),
            config: config.to_owned(),
            schema: schema.map(str::to_owned),
            live: Some(live),
        })
    }

    /// All that is wrong or doubtful about a configuration.
    ///
    /// # Errors
    /// How the call failed.
    pub fn check(&self, config: &str, schema: Option<&str>) -> Result<Vec<Diagnostic>, Failure> {
        self.once(|mapping, store| mapping.call_check(store, config, schema))
    }

    /// The actions that configurations can name, as JSON.
    ///
    /// # Errors
    /// How the call failed.
    pub fn actions(&self) -> Result<String, Failure> {
        self.once(|mapping, store| mapping.call_actions(store))
    }

    /// The ready-made configurations, as JSON.
    ///
    /// # Errors
    /// How the call failed.
    pub fn presets(&self) -> Result<String, Failure> {
        self.once(|mapping, store| mapping.call_presets(store))
    }

    /// The attribute types and what is taken for each, as JSON.
    ///
    /// # Errors
    /// How the call failed.
    pub fn types(&self) -> Result<String, Failure> {
        self.once(|mapping, store| mapping.call_types(store))
    }

    /// The version of the mapper.
    ///
    /// # Errors
    /// How the call failed.
    pub fn version(&self) -> Result<String, Failure> {
        self.once(|mapping, store| mapping.call_version(store))
    }

    /// Makes an instance and throws it away again.
    ///
    /// # Errors
    /// When the pool has no place left.
    pub fn instantiate(&self) -> Result<(), Failure> {
        self.instance().map(drop)
    }

    fn instance(&self) -> Result<(Store<Share>, Destination), Failure> {
        let mut store = Store::new(&self.engine, Share::of(&self.limits));
        store.limiter(|share| share);
        store.set_epoch_deadline(self.limits.ticks());
        let destination = self.ready.instantiate(&mut store)?;
        Ok((store, destination))
    }

    fn once<T>(
        &self,
        call: impl FnOnce(&Guest, &mut Store<Share>) -> wasmtime::Result<T>,
    ) -> Result<T, Failure> {
        let (mut store, destination) = self.instance()?;
        Ok(call(destination.attio_destination_mapping(), &mut store)?)
    }

    fn compile(&self, config: &str, schema: Option<&str>) -> Result<Live, MapperError> {
        let (mut store, destination) = self.instance()?;
        let compiled = destination
            .attio_destination_mapping()
            .mapper()
            .call_compile(&mut store, config, schema)
            .map_err(Failure::from)?;
        Ok(Live {
            store,
            destination,
            mapper: compiled.map_err(MapperError::Config)?,
        })
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A configuration, compiled in an instance of its own.
#[derive(Debug)]
pub struct Mapper {
    host: Host,
    config: String,
    schema: Option<String>,
    /// Taken by a call, and put back by one that succeeds.
    live: Option<Live>,
}

/// An instance that has not trapped.
struct Live {
    store: Store<Share>,
    destination: Destination,
    mapper: ResourceAny,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

impl Mapper {
    /// What is doubtful about the configuration.
    ///
    /// # Errors
    /// How the call failed.
    pub fn warnings(&mut self) -> Result<Vec<Diagnostic>, Failure> {
        self.call(|mapping, store, mapper| mapping.mapper().call_warnings(store, mapper))
    }

    /// Plans one event.
    ///
    /// # Errors
    /// How the call failed. What is wrong with the event is no failure, but in the plan.
    pub fn plan(&mut self, event: &str) -> Result<Plan, Failure> {
        self.call(|mapping, store, mapper| mapping.mapper().call_plan(store, mapper, event))
    }

    /// Plans several events in one call, which has the time and the memory of one.
    ///
    /// # Errors
    /// As [`Mapper::plan`].
    pub fn plan_batch(&mut self, events: &[&str]) -> Result<Vec<Plan>, Failure> {
        self.call(|mapping, store, mapper| mapping.mapper().call_plan_batch(store, mapper, events))
    }

    fn call<T>(
        &mut self,
        call: impl FnOnce(&Guest, &mut Store<Share>, ResourceAny) -> wasmtime::Result<T>,
    ) -> Result<T, Failure> {
        let mut live = match self.live.take() {
            Some(live) => live,
            None => {
                let again = self.host.compile(&self.config, self.schema.as_deref());
                again.map_err(|error| match error {
                    MapperError::Failed(failure) => failure,
                    // What compiled once compiles again: it is the same function of the same texts.
                    MapperError::Config(_) => {
                        Failure::Trap(format_err!("the mapper changed its mind"))
                    }
                })?
            }
        };
        live.store.set_epoch_deadline(self.host.limits.ticks());
        let mapping = live.destination.attio_destination_mapping();
        let result = call(mapping, &mut live.store, live.mapper)?;
        self.live = Some(live);
        Ok(result)
    }
}

/// Why there is no mapper.
#[derive(Debug)]
pub enum MapperError {
    /// All that is wrong with the configuration or the schema.
    Config(Vec<Diagnostic>),
    /// The call failed.
    Failed(Failure),
}

impl From<Failure> for MapperError {
    fn from(failure: Failure) -> Self {
        MapperError::Failed(failure)
    }
}

impl fmt::Display for MapperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MapperError::Config(diagnostics) => {
                f.write_str("the configuration is refused")?;
                for diagnostic in diagnostics {
                    write!(f, "\n{}", line::text(diagnostic))?;
                }
                Ok(())
            }
            MapperError::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for MapperError {}
