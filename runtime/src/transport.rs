//! Connections between hosts: TLS 1.3 over TCP, both sides proving an Ed25519 raw public key (RFC 7250).
//!
//! Who may connect is not decided here: any well-formed key passes, and the host decides by the greeting. A dialler that expects a key checks it before anything is sent.

use crate::RuntimeError;
use crate::driver::READ_BYTES;
use ed25519_dalek::{SigningKey, VerifyingKey};
use node::HostKey;
use node::event::DialError;
use node::limits::HANDSHAKE_MS;
use rustls::client::AlwaysResolvesClientRawPublicKeys;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::AlwaysResolvesServerRawPublicKeys;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// DER before the 32 bytes of an Ed25519 public key: SubjectPublicKeyInfo of RFC 8410.
const PUBLIC_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// DER before the 32 bytes of an Ed25519 secret key: PKCS #8 version 1.
const SECRET_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Milliseconds before someone who has hung up is called again.
const HUNG_UP_PAUSES_MS: [u64; 2] = [50, 250];

/// What a host needs to make and take connections.
#[derive(Clone)]
pub struct Transport {
    connector: TlsConnector,
    acceptor: TlsAcceptor,
}

/// TLS over TCP. The buffer is there since TLS by itself asks the system for 4 KiB at a time.
pub type Stream = TlsStream<BufReader<TcpStream>>;

/// A connection, and who is at its other end.
pub struct Link {
    pub stream: Stream,
    pub peer: HostKey,
}

impl Transport {
    pub fn new(host: &SigningKey) -> Result<Transport, RuntimeError> {
        Transport::configure(host).map_err(|error| RuntimeError::System(std::io::Error::other(error)))
    }

    fn configure(host: &SigningKey) -> Result<Transport, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = &[&rustls::version::TLS13];
        let key = Arc::new(raw_key(host)?);
        let verifier = Arc::new(AnyEd25519(provider.clone()));
        let client = rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(versions)?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone())
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(key.clone())));
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(key)));
        Ok(Transport { connector: TlsConnector::from(Arc::new(client)), acceptor: TlsAcceptor::from(Arc::new(server)) })
    }

    /// Connects to an address, within the time that a handshake may take.
    pub async fn dial(&self, address: &str, expect: Option<HostKey>) -> Result<Link, DialError> {
        match tokio::time::timeout(Duration::from_millis(HANDSHAKE_MS), self.try_to_connect(address)).await {
            Ok(Ok(link)) if expect.is_some_and(|expected| expected != link.peer) => Err(DialError::WrongKey(link.peer)),
            Ok(Ok(link)) => Ok(link),
            Ok(Err(trouble)) => Err(DialError::Failed(trouble.text())),
            Err(_) => Err(DialError::Failed("it does not answer".into())),
        }
    }

    /// Whoever hangs up before anything was said may do so by accident, or on the way: it is called again.
    async fn try_to_connect(&self, address: &str) -> Result<Link, Trouble> {
        for pause_ms in HUNG_UP_PAUSES_MS {
            match self.connect(address).await {
                Err(Trouble::HungUp) => tokio::time::sleep(Duration::from_millis(pause_ms)).await,
                result => return result,
            }
        }
        self.connect(address).await
    }

    async fn connect(&self, address: &str) -> Result<Link, Trouble> {
        let other = |error: &std::io::Error| Trouble::Other(io_text(error));
        let tcp = TcpStream::connect(address).await.map_err(|error| other(&error))?;
        tcp.set_nodelay(true).map_err(|error| other(&error))?;
        // Names mean nothing here: the key is the identity.
        let name = ServerName::try_from("unison").expect("a valid DNS name");
        let stream =
            self.connector.connect(name, buffered(tcp)).await.map_err(|error| Trouble::of_handshake(&error))?;
        let no_key = || Trouble::Other("it shows no host key".into());
        let peer = peer_key(stream.get_ref().1.peer_certificates()).ok_or_else(no_key)?;
        Ok(Link { stream: TlsStream::Client(stream), peer })
    }

    /// Takes a connection that someone has made.
    pub async fn accept(&self, tcp: TcpStream) -> Option<Link> {
        tcp.set_nodelay(true).ok()?;
        let handshake = tokio::time::timeout(Duration::from_millis(HANDSHAKE_MS), self.acceptor.accept(buffered(tcp)));
        let stream = handshake.await.ok()?.ok()?;
        let peer = peer_key(stream.get_ref().1.peer_certificates())?;
        Some(Link { stream: TlsStream::Server(stream), peer })
    }
}

fn buffered(tcp: TcpStream) -> BufReader<TcpStream> {
    BufReader::with_capacity(READ_BYTES, tcp)
}

fn io_text(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "nobody listens there".into(),
        ErrorKind::ConnectionReset => "the connection was reset".into(),
        _ => error.to_string(),
    }
}

/// Why there is no connection.
enum Trouble {
    /// The other end, or something on the way, has ended it before the handshake was over.
    HungUp,
    Other(String),
}

impl Trouble {
    fn of_handshake(error: &std::io::Error) -> Trouble {
        if error.get_ref().is_some_and(|inner| inner.is::<Error>()) {
            return Trouble::Other(format!("it does not speak this protocol ({error})"));
        }
        match error.kind() {
            ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe => Trouble::HungUp,
            _ => Trouble::Other(io_text(error)),
        }
    }

    fn text(self) -> String {
        match self {
            Trouble::HungUp => "it hangs up before it has said who it is".into(),
            Trouble::Other(why) => why,
        }
    }
}

fn raw_key(host: &SigningKey) -> Result<CertifiedKey, Error> {
    let secret = PrivatePkcs8KeyDer::from([&SECRET_PREFIX[..], &host.to_bytes()].concat());
    let key = rustls::crypto::ring::sign::any_eddsa_type(&secret)?;
    let public = [&PUBLIC_PREFIX[..], &host.verifying_key().to_bytes()].concat();
    Ok(CertifiedKey::new(vec![CertificateDer::from(public)], key))
}

fn peer_key(certificates: Option<&[CertificateDer<'_>]>) -> Option<HostKey> {
    match certificates? {
        [one] => key_of(one),
        _ => None,
    }
}

fn key_of(spki: &[u8]) -> Option<HostKey> {
    let key: [u8; 32] = spki.strip_prefix(&PUBLIC_PREFIX)?.try_into().ok()?;
    VerifyingKey::from_bytes(&key).ok().filter(|key| !key.is_weak())?;
    Some(HostKey(key))
}

/// Accepts every peer that proves an Ed25519 key.
#[derive(Debug)]
struct AnyEd25519(Arc<CryptoProvider>);

impl AnyEd25519 {
    fn well_formed(key: &CertificateDer<'_>) -> Result<(), Error> {
        match key_of(key) {
            Some(_) => Ok(()),
            None => Err(Error::InvalidCertificate(CertificateError::BadEncoding)),
        }
    }

    fn signed(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let spki = SubjectPublicKeyInfoDer::from(key.as_ref());
        verify_tls13_signature_with_raw_key(message, &spki, signature, &self.0.signature_verification_algorithms)
    }
}

/// TLS 1.2 is not offered, so its signatures are never asked about.
const OLD: Error = Error::PeerIncompatible(rustls::PeerIncompatible::Tls12NotOffered);

impl ServerCertVerifier for AnyEd25519 {
    fn verify_server_cert(
        &self,
        key: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        AnyEd25519::well_formed(key).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _key: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(OLD)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(message, key, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for AnyEd25519 {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        key: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        AnyEd25519::well_formed(key).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _key: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(OLD)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signed(message, key, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
