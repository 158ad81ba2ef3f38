//! The sandbox over HTTP.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use http_body::Frame;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;

use super::answer::Refusal;
use super::{Outcome, Sandbox};
use crate::delivery;

/// The largest request body, in bytes.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// Answers HTTP requests on `listener` until `shutdown` is done, then finishes what was begun.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    sandbox: Sandbox,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new().fallback(answer).with_state(sandbox);
    let service = router.into_make_service_with_connect_info::<Cut>();
    axum::serve(Doorstep(listener), service)
        .with_graceful_shutdown(shutdown)
        .await
}

async fn answer(
    State(sandbox): State<Sandbox>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let authorization = head
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY_BYTES).await else {
        return render(
            Refusal::form("The request body is too large.").into_response(),
            None,
        );
    };
    let Ok(body) = std::str::from_utf8(&body) else {
        return render(
            Refusal::form("The request body is not UTF-8.").into_response(),
            None,
        );
    };
    let body = (!body.is_empty()).then_some(body);
    if let Some(page) = sandbox.oauth(head.method.as_str(), target, authorization, body) {
        let mut response = render(page.response, None);
        if let Some(Ok(location)) = page.location.as_deref().map(HeaderValue::from_str) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        return response;
    }
    match sandbox
        .exchange(head.method.as_str(), target, authorization, body)
        .await
    {
        Outcome::Answer { response, slow } => render(response, slow),
        Outcome::Reset => {
            cut.0.store(true, Ordering::Relaxed);
            Response::new(Body::empty())
        }
    }
}

fn render(answer: delivery::Response, slow: Option<Duration>) -> Response {
    let is_json = answer.body.starts_with(['{', '[']);
    let body = match slow {
        None => Body::from(answer.body),
        Some(time) => Body::new(SlowBody::new(answer.body, time)),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if is_json {
        "application/json"
    } else {
        "text/html"
    };
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(Ok(until)) = answer.retry_after.as_deref().map(HeaderValue::from_str) {
        response.headers_mut().insert(header::RETRY_AFTER, until);
    }
    response
}

/// A body whose second half comes later.
struct SlowBody {
    halves: [Option<Bytes>; 2],
    pause: Pin<Box<Sleep>>,
}

impl SlowBody {
    fn new(body: String, time: Duration) -> Self {
        let mut first = Bytes::from(body);
        let second = first.split_off(first.len() / 2);
        SlowBody {
            halves: [Some(first), Some(second)],
            pause: Box::pin(tokio::time::sleep(time)),
        }
    }
}

impl http_body::Body for SlowBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(first) = self.halves[0].take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.halves[1].is_none() {
            return Poll::Ready(None);
        }
        std::task::ready!(self.pause.as_mut().poll(context));
        Poll::Ready(self.halves[1].take().map(|second| Ok(Frame::data(second))))
    }
}

/// A listener whose connections can be cut from within.
struct Doorstep(TcpListener);

/// Whether a connection is to be cut.
#[derive(Clone, Debug, Default)]
struct Cut(Arc<AtomicBool>);

impl Listener for Doorstep {
    type Io = Line;
    type Addr = Cut;

    async fn accept(&mut self) -> (Line, Cut) {
        let (stream, _) = Listener::accept(&mut self.0).await;
        // Without it small answers wait for acknowledgements.
        let _ = stream.set_nodelay(true);
        let cut = Cut::default();
        let line = Line {
            stream,
            cut: cut.clone(),
        };
        (line, cut)
    }

    fn local_addr(&self) -> io::Result<Cut> {
        Ok(Cut::default())
    }
}

impl Connected<IncomingStream<'_, Doorstep>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Doorstep>) -> Cut {
        stream.remote_addr().clone()
    }
}

/// A connection that breaks at the next write once it is cut.
struct Line {
    stream: TcpStream,
    cut: Cut,
}

impl Line {
    /// A reset, not an orderly end: without lingering the peer sees the connection break.
    fn broken(&self) -> Option<io::Error> {
        self.cut.0.load(Ordering::Relaxed).then(|| {
            let _ = self.stream.set_zero_linger();
            io::ErrorKind::ConnectionReset.into()
        })
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.broken() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.broken() {
            Some(error) => Poll::Ready(Err(error)),
            None => Pin::new(&mut self.stream).poll_write_vectored(context, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
