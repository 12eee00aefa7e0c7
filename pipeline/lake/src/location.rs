//! A folder on local disk or on an S3-compatible store, behind one set of verbs.
//!
//! A location is written as a path, a `file://` URL or an `s3://bucket/prefix` URL. Credentials
//! come from the options or from the environment, never from SQL.

use std::collections::BTreeMap;
use std::path::{Component, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use url::Url;

use crate::LakeError;

/// A folder on a store.
#[derive(Debug, Clone)]
pub struct Location {
    url: Url,
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Location {
    /// Opens a folder given as a path or URL. A relative path is taken from `base`.
    ///
    /// # Errors
    /// [`LakeError::BadLocation`] for a scheme other than `file` and `s3`, or a URL without bucket.
    pub fn open(
        text: &str,
        base: &std::path::Path,
        options: &BTreeMap<String, String>,
    ) -> Result<Self, LakeError> {
        let bad = |reason: String| LakeError::BadLocation { location: text.to_owned(), reason };
        match Url::parse(text) {
            Ok(url) if url.scheme() == "s3" => {
                let bucket = url.host_str().ok_or_else(|| bad("no bucket in the URL".to_owned()))?;
                let mut builder = AmazonS3Builder::from_env()
                    .with_bucket_name(bucket)
                    .with_conditional_put(S3ConditionalPut::ETagMatch);
                for (key, value) in options {
                    let key = key.parse().map_err(|_| bad(format!("unknown store option {key}")))?;
                    builder = builder.with_config(key, value);
                }
                let store = builder.build().map_err(|error| bad(error.to_string()))?;
                let prefix = Path::from_url_path(url.path()).map_err(|error| bad(error.to_string()))?;
                Ok(Self { url: folder(&url), store: Arc::new(store), prefix })
            }
            Ok(url) if url.scheme() == "file" => {
                let path = url.to_file_path().map_err(|()| bad("not an absolute path".to_owned()))?;
                Self::local(path, bad)
            }
            Ok(url) if url.scheme().len() > 1 => {
                Err(bad(format!("scheme {} is not supported, use file or s3", url.scheme())))
            }
            _ => Self::local(base.join(text), bad),
        }
    }

    fn local(path: PathBuf, bad: impl Fn(String) -> LakeError) -> Result<Self, LakeError> {
        let absolute = std::path::absolute(&path).map_err(|error| bad(error.to_string()))?;
        let mut clean = PathBuf::new();
        for component in absolute.components() {
            match component {
                Component::ParentDir => {
                    clean.pop();
                }
                Component::CurDir => {}
                other => clean.push(other),
            }
        }
        let url = Url::from_directory_path(&clean).map_err(|()| bad("not an absolute path".to_owned()))?;
        let prefix = Path::from_absolute_path(&clean).map_err(|error| bad(error.to_string()))?;
        Ok(Self { url, store: Arc::new(LocalFileSystem::new()), prefix })
    }

    /// The folder's URL, ending in a slash.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The store, with paths from its root: pair it with [`Location::store_url`].
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    /// The URL of the store itself: `file:///` or `s3://bucket/`.
    pub fn store_url(&self) -> Url {
        let mut url = self.url.clone();
        url.set_path("/");
        url
    }

    /// The folder on local disk, when it is one.
    pub fn local_path(&self) -> Option<PathBuf> {
        self.url.to_file_path().ok()
    }

    /// The URL of an object in the folder.
    pub fn object_url(&self, relative: &str) -> String {
        format!("{}{relative}", self.url)
    }

    /// The store path of an object in the folder.
    pub fn path(&self, relative: &str) -> Path {
        relative.split('/').filter(|part| !part.is_empty()).fold(self.prefix.clone(), Path::join)
    }

    /// A folder within the folder.
    pub fn child(&self, relative: &str) -> Self {
        let prefix = self.path(relative);
        let mut url = self.url.clone();
        url.set_path(&format!("{}{}/", self.url.path(), relative.trim_matches('/')));
        Self { url, store: Arc::clone(&self.store), prefix }
    }

    /// All objects below a folder, sorted by relative path.
    ///
    /// # Errors
    /// [`LakeError::Store`] when the store cannot list.
    pub async fn list(&self) -> Result<Vec<(String, ObjectMeta)>, LakeError> {
        let objects: Vec<ObjectMeta> = self
            .store
            .list(Some(&self.prefix))
            .try_collect()
            .await
            .map_err(|source| LakeError::store("list", &self.prefix, source))?;
        let mut found: Vec<(String, ObjectMeta)> = objects
            .into_iter()
            .filter_map(|meta| {
                let parts = meta.location.prefix_match(&self.prefix)?;
                let relative: Vec<_> = parts.map(|part| part.as_ref().to_owned()).collect();
                Some((relative.join("/"), meta))
            })
            .collect();
        found.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(found)
    }

    /// An object's bytes, or `None` when there is no such object.
    ///
    /// # Errors
    /// [`LakeError::Store`] for any failure but absence.
    pub async fn get(&self, relative: &str) -> Result<Option<Bytes>, LakeError> {
        let path = self.path(relative);
        let result = match self.store.get(&path).await {
            Ok(result) => result,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(source) => return Err(LakeError::store("read", path, source)),
        };
        let bytes = result.bytes().await.map_err(|source| LakeError::store("read", path, source))?;
        Ok(Some(bytes))
    }

    /// Writes an object, replacing one of the same name.
    ///
    /// # Errors
    /// [`LakeError::Store`] when the store refuses.
    pub async fn put(&self, relative: &str, bytes: Bytes) -> Result<(), LakeError> {
        let path = self.path(relative);
        self.store
            .put(&path, bytes.into())
            .await
            .map_err(|source| LakeError::store("write", path, source))?;
        Ok(())
    }

    /// Writes an object only if there is none of that name; false when there is.
    ///
    /// # Errors
    /// [`LakeError::Store`] for any failure but an existing object.
    pub async fn put_new(&self, relative: &str, bytes: Bytes) -> Result<bool, LakeError> {
        let path = self.path(relative);
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.store.put_opts(&path, bytes.into(), options).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(source) => Err(LakeError::store("create", path, source)),
        }
    }
}

fn folder(url: &Url) -> Url {
    let mut url = url.clone();
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}
