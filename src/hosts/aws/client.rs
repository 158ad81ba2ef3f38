//! Signing, sending, and trying again what failed in passing.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::credentials;
use super::error::AwsError;
use crate::delivery::retry::Random;
use crate::plan::request::percent_encode;

/// The services that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Simple Queue Service.
    Sqs,
    /// Secrets Manager.
    SecretsManager,
    /// Systems Manager: its Parameter Store.
    Ssm,
    /// DynamoDB.
    DynamoDb,
    /// Simple Storage Service.
    S3,
}

impl Service {
    /// The name in hosts and signatures.
    const fn name(self) -> &'static str {
        match self {
            Service::Sqs => "sqs",
            Service::SecretsManager => "secretsmanager",
            Service::Ssm => "ssm",
            Service::DynamoDb => "dynamodb",
            Service::S3 => "s3",
        }
    }

    /// What stands before the operation in `X-Amz-Target`, and the version of the JSON protocol.
    const fn protocol(self) -> (&'static str, &'static str) {
        match self {
            Service::Sqs => ("AmazonSQS", "1.0"),
            Service::SecretsManager => ("secretsmanager", "1.1"),
            Service::Ssm => ("AmazonSSM", "1.1"),
            Service::DynamoDb => ("DynamoDB_20120810", "1.0"),
            Service::S3 => ("", ""),
        }
    }

    /// The variable of AWS's SDKs that moves the service elsewhere.
    const fn endpoint_variable(self) -> &'static str {
        match self {
            Service::Sqs => "AWS_ENDPOINT_URL_SQS",
            Service::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            Service::Ssm => "AWS_ENDPOINT_URL_SSM",
            Service::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Service::S3 => "AWS_ENDPOINT_URL_S3",
        }
    }

    const ALL: [Service; 5] = [
        Service::Sqs,
        Service::SecretsManager,
        Service::Ssm,
        Service::DynamoDb,
        Service::S3,
    ];
}

/// An operation is tried so many times.
const ATTEMPTS: u32 = 4;
/// The longest wait before the second attempt; it doubles with every further one.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// AWS, in one region, as one caller.
#[derive(Clone)]
pub struct Aws {
    http: reqwest::Client,
    credentials: Credentials,
    region: Arc<str>,
    endpoints: Arc<[Option<String>; Service::ALL.len()]>,
}

impl Aws {
    /// AWS as the environment names it. `AWS_ENDPOINT_URL` and its sisters for one service are honoured, and so is
    /// `AWS_CA_BUNDLE`.
    ///
    /// # Errors
    /// When there are no credentials, or no region.
    pub fn from_environment(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Aws, AwsError> {
        let found = credentials::find(lookup);
        let credentials = found.credentials.ok_or(AwsError::Unconfigured(
            "no AWS credentials were found in the environment or in `~/.aws/credentials`; \
             `eval \"$(aws configure export-credentials --format env)\"` takes them from the AWS CLI",
        ))?;
        let region = found.region.ok_or(AwsError::Unconfigured(
            "no AWS region was found; set `AWS_REGION`",
        ))?;
        let get = |name: &str| lookup(name).filter(|url| !url.is_empty());
        let everywhere = get("AWS_ENDPOINT_URL");
        let endpoints = Service::ALL.map(|service| {
            get(service.endpoint_variable())
                .or_else(|| everywhere.clone())
                .map(|url| url.trim_end_matches('/').to_owned())
        });
        Ok(Aws {
            http: http_client(get("AWS_CA_BUNDLE").as_deref())?,
            credentials,
            region: region.into(),
            endpoints: Arc::new(endpoints),
        })
    }

    /// The same caller in another region.
    #[must_use]
    pub fn in_region(mut self, region: &str) -> Aws {
        self.region = region.into();
        self
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.region
    }

    fn endpoint(&self, service: Service) -> String {
        let at = Service::ALL.iter().position(|known| *known == service);
        match at.and_then(|at| self.endpoints[at].clone()) {
            Some(url) => url,
            None => format!(
                "https://{}.{}.{}",
                service.name(),
                self.region,
                domain(&self.region)
            ),
        }
    }

    /// Does an operation of a service that speaks JSON. What fails in passing is tried again, for a second or so.
    ///
    /// # Errors
    /// An [`AwsError`].
    pub async fn call<R: DeserializeOwned>(
        &self,
        service: Service,
        operation: &str,
        body: &Value,
    ) -> Result<R, AwsError> {
        let (target, version) = service.protocol();
        let headers = [
            ("x-amz-target", format!("{target}.{operation}")),
            ("content-type", format!("application/x-amz-json-{version}")),
        ];
        let url = format!("{}/", self.endpoint(service));
        let name = format!("{} {operation}", service.name());
        let body = body.to_string().into_bytes();
        let answer = self
            .send(service, &name, "POST", &url, &headers, &body)
            .await?;
        let answer = if answer.is_empty() {
            b"{}"
        } else {
            answer.as_slice()
        };
        serde_json::from_slice(answer).map_err(|error| AwsError::Unreadable {
            operation: name,
            why: error.to_string(),
        })
    }

    /// The content of an object of S3.
    ///
    /// # Errors
    /// An [`AwsError`].
    pub async fn object(&self, bucket: &str, key: &str) -> Result<Vec<u8>, AwsError> {
        let mut path = String::new();
        for segment in key.split('/') {
            path.push('/');
            percent_encode(segment, &mut path);
        }
        // Another endpoint has no name for every bucket, and neither has a certificate for names with dots.
        let at = Service::ALL.iter().position(|s| *s == Service::S3);
        let is_moved = at.is_some_and(|at| self.endpoints[at].is_some());
        let url = if is_moved || bucket.contains('.') {
            format!("{}/{bucket}{path}", self.endpoint(Service::S3))
        } else {
            let host = format!("s3.{}.{}", self.region, domain(&self.region));
            format!("https://{bucket}.{host}{path}")
        };
        self.send(Service::S3, "s3 GetObject", "GET", &url, &[], b"")
            .await
    }

    async fn send(
        &self,
        service: Service,
        operation: &str,
        method: &str,
        url: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<Vec<u8>, AwsError> {
        let mut random = Random::new(nanos_now());
        let mut attempt = 1;
        loop {
            let error = match self
                .attempt(service, operation, method, url, headers, body)
                .await
            {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_transient() && attempt < ATTEMPTS => error,
                Err(error) => return Err(error),
            };
            tracing::debug!(%error, attempt, "an operation of AWS failed and is tried again");
            tokio::time::sleep(random.below(FIRST_WAIT * (1 << attempt))).await;
            attempt += 1;
        }
    }

    async fn attempt(
        &self,
        service: Service,
        operation: &str,
        method: &str,
        url: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<Vec<u8>, AwsError> {
        let transport = |why: String| AwsError::Transport {
            operation: operation.to_owned(),
            why,
        };
        let mut request = http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut request = request
            .body(body.to_vec())
            .map_err(|error| transport(error.to_string()))?;
        self.sign(service, &mut request)
            .map_err(|error| transport(format!("it cannot be signed: {error}")))?;
        let request = reqwest::Request::try_from(request)
            .map_err(|error| transport(error.without_url().to_string()))?;
        let answer = self
            .http
            .execute(request)
            .await
            .map_err(|error| transport(causes(&error.without_url())))?;
        let status = answer.status().as_u16();
        let body = answer
            .bytes()
            .await
            .map_err(|error| transport(causes(&error.without_url())))?;
        if (200..300).contains(&status) {
            return Ok(body.into());
        }
        Err(refused(operation, status, &body))
    }

    fn sign(
        &self,
        service: Service,
        request: &mut http::Request<Vec<u8>>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut settings = SigningSettings::default();
        if service == Service::S3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service.name())
            .time(SystemTime::now())
            .settings(settings)
            .build()?
            .into();
        let uri = request.uri().to_string();
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|(name, value)| Ok((name.to_string(), value.to_str()?.to_owned())))
            .collect::<Result<_, http::header::ToStrError>>()?;
        let signable = SignableRequest::new(
            request.method().as_str(),
            uri,
            headers.iter().map(|(n, v)| (n.as_str(), v.as_str())),
            SignableBody::Bytes(request.body()),
        )?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

/// Never the credentials.
impl std::fmt::Debug for Aws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aws")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// The domain of a region's partition.
fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    }
}

/// A client that trusts the web's authorities, and those of a file besides.
fn http_client(more_roots: Option<&str>) -> Result<reqwest::Client, AwsError> {
    let mut roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(path) = more_roots {
        let certificates = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|_| {
                AwsError::Unconfigured("`AWS_CA_BUNDLE` expected a file of PEM certificates")
            })?;
        roots.add_parsable_certificates(certificates);
    }
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .map_err(|_| AwsError::Unconfigured("no version of TLS is left"))?
    .with_root_certificates(roots)
    .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .build()
        .map_err(|_| AwsError::Unconfigured("no HTTP client could be made"))
}

/// Reads the error of a service: `{"__type": "prefix#Code", "message": "..."}`, or S3's XML.
fn refused(operation: &str, status: u16, body: &[u8]) -> AwsError {
    let text = String::from_utf8_lossy(body);
    let (mut code, mut message) = (String::new(), String::new());
    if let Ok(error) = serde_json::from_slice::<Value>(body) {
        let field = |names: [&str; 2]| {
            let value = names.into_iter().find_map(|name| error.get(name)?.as_str());
            value.unwrap_or_default().to_owned()
        };
        code = field(["__type", "code"]);
        message = field(["message", "Message"]);
        if let Some((_, name)) = code.rsplit_once('#') {
            code = name.to_owned();
        }
    } else {
        let element = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            Some(rest.split_once("</")?.0.to_owned())
        };
        code = element("Code").unwrap_or(code);
        message = element("Message").unwrap_or(message);
    }
    AwsError::Refused {
        operation: operation.to_owned(),
        status,
        code,
        message,
    }
}

/// An error and its causes, left to right.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn nanos_now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |age| age.as_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws(more: &[(&str, &str)]) -> Aws {
        let pairs = [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "not-to-be-seen"),
            ("AWS_REGION", "eu-west-1"),
        ];
        Aws::from_environment(&|name| {
            let pair = pairs.iter().chain(more).find(|(key, _)| *key == name)?;
            Some(pair.1.to_owned())
        })
        .unwrap()
    }

    #[test]
    fn services_have_their_endpoints_unless_the_environment_moves_them() {
        assert_eq!(
            aws(&[]).endpoint(Service::SecretsManager),
            "https://secretsmanager.eu-west-1.amazonaws.com"
        );
        assert_eq!(
            aws(&[]).in_region("cn-north-1").endpoint(Service::Sqs),
            "https://sqs.cn-north-1.amazonaws.com.cn"
        );
        let moved = aws(&[
            ("AWS_ENDPOINT_URL", "http://localhost:5000/"),
            ("AWS_ENDPOINT_URL_SQS", "http://localhost:9324"),
            ("AWS_ENDPOINT_URL_SSM", ""),
        ]);
        assert_eq!(moved.endpoint(Service::Sqs), "http://localhost:9324");
        assert_eq!(moved.endpoint(Service::Ssm), "http://localhost:5000");
    }

    #[test]
    fn requests_are_signed_with_all_their_headers() {
        let mut request = http::Request::builder()
            .method("POST")
            .uri("https://sqs.eu-west-1.amazonaws.com/")
            .header("x-amz-target", "AmazonSQS.SendMessageBatch")
            .body(b"{}".to_vec())
            .unwrap();
        aws(&[("AWS_SESSION_TOKEN", "session")])
            .sign(Service::Sqs, &mut request)
            .unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(
            authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
            "{authorization}"
        );
        assert!(authorization.contains("/eu-west-1/sqs/aws4_request"));
        assert!(
            authorization
                .contains("SignedHeaders=host;x-amz-date;x-amz-security-token;x-amz-target"),
            "{authorization}"
        );
        assert_eq!(request.headers()["x-amz-security-token"], "session");
    }

    #[test]
    fn errors_of_services_are_read() {
        let error = refused(
            "sqs SendMessage",
            400,
            br#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}"#,
        );
        assert_eq!(
            error.to_string(),
            "sqs SendMessage was refused with status 400, `QueueDoesNotExist`: no such queue"
        );
        assert!(!error.is_transient());
        let error = refused(
            "s3 GetObject",
            404,
            b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>gone</Message></Error>",
        );
        assert_eq!(error.code(), Some("NoSuchKey"));
        for (status, body, throttled, transient) in [
            (
                400,
                r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
                true,
                true,
            ),
            (
                403,
                r#"{"__type":"AWS.SimpleQueueService#RequestThrottled"}"#,
                true,
                true,
            ),
            (503, "<html>", false, true),
            (403, r#"{"__type":"AccessDeniedException"}"#, false, false),
        ] {
            let error = refused("x y", status, body.as_bytes());
            assert_eq!(
                (error.is_throttled(), error.is_transient()),
                (throttled, transient),
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_missing_is_said_and_secrets_are_not() {
        let error = Aws::from_environment(&|_| None).unwrap_err();
        assert!(error.to_string().contains("no AWS credentials"), "{error}");
        assert!(!format!("{:?}", aws(&[])).contains("not-to-be-seen"));
    }
}
