//! An S3 server in this process: a map behind a mutex, real HTTP, real signatures, scripted faults.
//!
//! Writes are atomic and conditional, as S3's are. Multipart uploads are not offered: the lake
//! writes each object with one request, and a change of that should be seen here.

#![expect(clippy::expect_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::ops::Bound;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::{FutureExt, TryStreamExt};
use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::auth::SimpleAuth;
use s3s::dto::{
    CommonPrefix, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput,
    DeletedObject, ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
    ListObjectsV2Input, ListObjectsV2Output, Object, PutObjectInput, PutObjectOutput, StreamingBlob,
    Timestamp,
};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3, S3Request, S3Response, S3Result, s3_error};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// The only user.
pub const ACCESS_KEY: &str = "refrain-tests";

/// The user's secret.
pub const SECRET_KEY: &str = "not-a-secret-at-all";

/// The only bucket.
pub const BUCKET: &str = "lake";

/// Listings come in pages of so many keys, so that they are continued.
const PAGE_LENGTH: usize = 50;

tokio::task_local! {
    /// Tells the connection that serves a request to break off.
    static CONNECTION: Arc<Notify>;
}

/// What goes wrong with a PutObject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The object is stored, the answer is 500.
    StoredThenError,
    /// The object is stored, the connection breaks before an answer.
    StoredThenDropped,
    /// Nothing is stored, the answer is 503.
    BusyUnstored,
}

/// A fault that happens to the next PutObjects of some keys.
#[derive(Debug)]
struct Script {
    fault: Fault,
    key_part: String,
    remaining: usize,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<String, Bytes>,
    scripts: Vec<Script>,
    fault_count: usize,
}

/// The server; it ends when this is dropped.
pub struct S3Server {
    address: SocketAddr,
    shelf: Shelf,
    runtime: Option<tokio::runtime::Runtime>,
}

impl S3Server {
    /// Starts a server with one empty bucket on a free port of 127.0.0.1.
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("the port's address");
        let shelf = Shelf::default();
        let mut builder = S3ServiceBuilder::new(shelf.clone());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        runtime.spawn(serve(listener, builder.build()));
        Self { address, shelf, runtime: Some(runtime) }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes a fault happen to the next `times` PutObjects whose key holds a text.
    pub fn script(&self, fault: Fault, key_part: &str, times: usize) {
        self.shelf.lock().scripts.push(Script { fault, key_part: key_part.to_owned(), remaining: times });
    }

    /// How many faults have happened.
    pub fn fault_count(&self) -> usize {
        self.shelf.lock().fault_count
    }

    /// All objects.
    pub fn objects(&self) -> BTreeMap<String, Bytes> {
        self.shelf.lock().objects.clone()
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let broken = Arc::new(Notify::new());
            let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                // A client that goes away is no fault of the server.
                _ = CONNECTION.scope(Arc::clone(&broken), connection) => {}
                () = broken.notified() => {}
            }
        });
    }
}

#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<State>>);

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panicked with the lock")
    }

    async fn put(&self, input: PutObjectInput) -> S3Result<S3Response<PutObjectOutput>> {
        check_bucket(&input.bucket)?;
        let mut bytes = Vec::new();
        if let Some(mut body) = input.body {
            while let Some(part) = body.try_next().await.map_err(|_| s3_error!(IncompleteBody))? {
                bytes.extend_from_slice(&part);
            }
        }
        let (fault, e_tag) = {
            let mut guard = self.lock();
            let state = &mut *guard;
            let standing = state.objects.get(&input.key).map(e_tag);
            check_conditions(standing.as_ref(), input.if_match.as_ref(), input.if_none_match.as_ref())?;
            let script = state
                .scripts
                .iter_mut()
                .find(|script| script.remaining > 0 && input.key.contains(&script.key_part));
            let fault = script.map(|script| {
                script.remaining -= 1;
                script.fault
            });
            state.fault_count += usize::from(fault.is_some());
            if fault == Some(Fault::BusyUnstored) {
                return Err(s3_error!(SlowDown));
            }
            let bytes = Bytes::from(bytes);
            let e_tag = e_tag(&bytes);
            state.objects.insert(input.key, bytes);
            (fault, e_tag)
        };
        match fault {
            Some(Fault::StoredThenError) => Err(s3_error!(InternalError)),
            Some(Fault::StoredThenDropped) => {
                CONNECTION.with(|connection| connection.notify_one());
                std::future::pending().await
            }
            _ => Ok(S3Response::new(PutObjectOutput { e_tag: Some(e_tag), ..PutObjectOutput::default() })),
        }
    }

    fn get(&self, input: &GetObjectInput) -> S3Result<S3Response<GetObjectOutput>> {
        check_bucket(&input.bucket)?;
        let bytes = self.lock().objects.get(&input.key).cloned().ok_or_else(|| s3_error!(NoSuchKey))?;
        let tag = e_tag(&bytes);
        check_conditions(Some(&tag), input.if_match.as_ref(), None)?;
        let full_length = bytes.len() as u64;
        let (body, content_range) = match &input.range {
            None => (bytes, None),
            Some(range) => {
                let range = range.check(full_length).map_err(|_| s3_error!(InvalidRange))?;
                let shown = format!("bytes {}-{}/{full_length}", range.start, range.end.saturating_sub(1));
                (bytes.slice(range.start as usize..range.end as usize), Some(shown))
            }
        };
        Ok(S3Response::new(GetObjectOutput {
            content_length: Some(body.len().cast_signed() as i64),
            content_range,
            body: Some(StreamingBlob::from(Body::from(body))),
            e_tag: Some(tag),
            last_modified: Some(written_at()),
            ..GetObjectOutput::default()
        }))
    }

    fn head(&self, input: &HeadObjectInput) -> S3Result<S3Response<HeadObjectOutput>> {
        check_bucket(&input.bucket)?;
        let bytes = self.lock().objects.get(&input.key).cloned().ok_or_else(|| s3_error!(NoSuchKey))?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(bytes.len().cast_signed() as i64),
            e_tag: Some(e_tag(&bytes)),
            last_modified: Some(written_at()),
            ..HeadObjectOutput::default()
        }))
    }

    fn list(&self, input: &ListObjectsV2Input) -> S3Result<S3Response<ListObjectsV2Output>> {
        check_bucket(&input.bucket)?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let asked = input.max_keys.map_or(PAGE_LENGTH, |keys| usize::try_from(keys).unwrap_or(0));
        let after = input.continuation_token.as_ref().or(input.start_after.as_ref());
        let from =
            after.map_or(Bound::Included(prefix.clone()), |key| Bound::Excluded(key.max(&prefix).clone()));
        let state = self.lock();
        let mut contents = Vec::new();
        let mut folders: Vec<String> = Vec::new();
        let mut next = None;
        let mut last = String::new();
        for (key, bytes) in
            state.objects.range((from, Bound::Unbounded)).take_while(|(key, _)| key.starts_with(&prefix))
        {
            let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
            let folder = delimiter.and_then(|delimiter| {
                let end = key[prefix.len()..].find(delimiter)? + prefix.len() + delimiter.len();
                Some(key[..end].to_owned())
            });
            let is_known = folder.as_ref().is_some_and(|folder| {
                folders.last() == Some(folder)
                    || after.is_some_and(|after| after.starts_with(folder.as_str()))
            });
            if !is_known && contents.len() + folders.len() == asked.min(PAGE_LENGTH) {
                next = Some(last);
                break;
            }
            last.clone_from(key);
            match folder {
                Some(_) if is_known => {}
                Some(folder) => folders.push(folder),
                None => contents.push(Object {
                    key: Some(key.clone()),
                    size: Some(bytes.len().cast_signed() as i64),
                    e_tag: Some(e_tag(bytes)),
                    last_modified: Some(written_at()),
                    ..Object::default()
                }),
            }
        }
        let folders: Vec<_> =
            folders.into_iter().map(|folder| CommonPrefix { prefix: Some(folder) }).collect();
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket.clone()),
            prefix: Some(prefix),
            key_count: i32::try_from(contents.len() + folders.len()).ok(),
            max_keys: i32::try_from(PAGE_LENGTH).ok(),
            is_truncated: Some(next.is_some()),
            next_continuation_token: next,
            contents: Some(contents),
            common_prefixes: Some(folders),
            delimiter: input.delimiter.clone(),
            ..ListObjectsV2Output::default()
        }))
    }

    fn delete(&self, bucket: &str, keys: &[String]) -> S3Result<()> {
        check_bucket(bucket)?;
        let mut state = self.lock();
        for key in keys {
            state.objects.remove(key);
        }
        Ok(())
    }
}

fn check_bucket(bucket: &str) -> S3Result<()> {
    if bucket == BUCKET { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
}

/// 412 unless the object that stands is the one a writer or reader expects.
fn check_conditions(
    standing: Option<&ETag>,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<()> {
    let is = |condition: &ETagCondition| {
        standing.is_some_and(|standing| condition.is_any() || condition.as_etag() == Some(standing))
    };
    if if_match.is_some_and(|condition| !is(condition)) || if_none_match.is_some_and(is) {
        return Err(s3_error!(PreconditionFailed));
    }
    Ok(())
}

fn e_tag(bytes: &Bytes) -> ETag {
    ETag::Strong(Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

/// Every object claims the same age: nothing that reads it may depend on the clock.
fn written_at() -> Timestamp {
    Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000))
}

/// What the trait's functions return once `async_trait` has been at them.
type Answer<'a, Output> = Pin<Box<dyn Future<Output = S3Result<S3Response<Output>>> + Send + 'a>>;

impl S3 for Shelf {
    fn put_object<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<PutObjectInput>,
    ) -> Answer<'async_trait, PutObjectOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        self.put(request.input).boxed()
    }

    fn get_object<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<GetObjectInput>,
    ) -> Answer<'async_trait, GetObjectOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        std::future::ready(self.get(&request.input)).boxed()
    }

    fn head_object<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<HeadObjectInput>,
    ) -> Answer<'async_trait, HeadObjectOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        std::future::ready(self.head(&request.input)).boxed()
    }

    fn list_objects_v2<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<ListObjectsV2Input>,
    ) -> Answer<'async_trait, ListObjectsV2Output>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        std::future::ready(self.list(&request.input)).boxed()
    }

    fn delete_object<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<DeleteObjectInput>,
    ) -> Answer<'async_trait, DeleteObjectOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let done = self.delete(&request.input.bucket, &[request.input.key]);
        std::future::ready(done.map(|()| S3Response::new(DeleteObjectOutput::default()))).boxed()
    }

    fn delete_objects<'life0, 'async_trait>(
        &'life0 self,
        request: S3Request<DeleteObjectsInput>,
    ) -> Answer<'async_trait, DeleteObjectsOutput>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let keys: Vec<String> = request.input.delete.objects.into_iter().map(|object| object.key).collect();
        let done = self.delete(&request.input.bucket, &keys);
        let deleted =
            keys.into_iter().map(|key| DeletedObject { key: Some(key), ..DeletedObject::default() });
        let output =
            DeleteObjectsOutput { deleted: Some(deleted.collect()), ..DeleteObjectsOutput::default() };
        std::future::ready(done.map(|()| S3Response::new(output))).boxed()
    }
}
