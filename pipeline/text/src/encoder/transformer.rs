//! Sentence transformers on the processor: tokens, BERT or XLM-R, pooling, length one.
//!
//! In: the files of a model and texts. Out: one unit vector per text. Every text is a batch of its own, without padding,
//! so that a vector can depend on nothing but its text; threads take different texts. Not here: prompts, dense layers
//! after the pooling, any device but the processor.

use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{self, BertModel};
use candle_transformers::models::xlm_roberta::{self, XLMRobertaModel};
use rayon::prelude::*;
use serde_json::{Value, json};
use tokenizers::{Tokenizer, TruncationParams};

use super::EncoderFiles;
use crate::TextError;
use crate::embedding::{normalise, tokenizer_error};

/// Tokens of a text that are read when the model does not say; what sentence transformers of this kind were trained on.
const TOKENS: usize = 256;

/// A sentence transformer.
pub struct Transformer {
    tokenizer: Tokenizer,
    layers: Layers,
    pooling: Pooling,
    dimensions: usize,
}

enum Layers {
    Bert(BertModel),
    Roberta(XLMRobertaModel),
}

#[derive(Clone, Copy)]
enum Pooling {
    /// The mean of the tokens' vectors.
    Mean,
    /// The vector of the first token.
    First,
}

impl Transformer {
    pub(super) fn from_files(files: EncoderFiles, mut config: Value) -> Result<Self, TextError> {
        let pooling = pooling(&super::json("1_Pooling/config.json", files.pooling.as_deref())?)?;
        check_modules(&super::json("modules.json", files.modules.as_deref())?)?;
        let limits = super::json("sentence_bert_config.json", files.limits.as_deref())?;
        let is_bert = config["model_type"] == "bert";
        let positions = config["max_position_embeddings"].as_u64().unwrap_or(512) as usize;
        // RoBERTa counts positions from behind its padding.
        let positions = if is_bert { positions } else { positions.saturating_sub(2) };
        let tokens =
            limits["max_seq_length"].as_u64().map_or(TOKENS, |tokens| tokens as usize).min(positions);
        let mut tokenizer = Tokenizer::from_bytes(&files.tokenizer).map_err(tokenizer_error("reading"))?;
        tokenizer.with_padding(None);
        let truncation = TruncationParams { max_length: tokens, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(tokenizer_error("reading"))?;

        if config["position_embedding_type"].is_null() {
            config["position_embedding_type"] = json!("absolute");
        }
        let weights = VarBuilder::from_buffered_safetensors(files.weights, DType::F32, &Device::Cpu)
            .map_err(failed("reading the weights"))?;
        let settings = |source| TextError::ModelJson { file: "config.json", source };
        let (layers, dimensions) = if is_bert {
            let config: bert::Config = serde_json::from_value(config).map_err(settings)?;
            let model = BertModel::load(weights, &config).map_err(failed("reading the weights"))?;
            (Layers::Bert(model), config.hidden_size)
        } else {
            let config: xlm_roberta::Config = serde_json::from_value(config).map_err(settings)?;
            let prefixed = ["roberta", "xlm_roberta"].map(|prefix| weights.pp(prefix));
            let weights = prefixed
                .into_iter()
                .find(|weights| weights.contains_tensor("embeddings.word_embeddings.weight"))
                .unwrap_or(weights);
            let model = XLMRobertaModel::new(&config, weights).map_err(failed("reading the weights"))?;
            (Layers::Roberta(model), config.hidden_size)
        };
        Ok(Self { tokenizer, layers, pooling, dimensions })
    }

    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    pub(super) fn encode(&self, texts: &[&str]) -> Result<Vec<f32>, TextError> {
        let mut encoded = vec![0.0_f32; texts.len() * self.dimensions];
        encoded
            .par_chunks_mut(self.dimensions)
            .zip(texts)
            .try_for_each(|(row, text)| self.encode_one(text, row))?;
        Ok(encoded)
    }

    fn encode_one(&self, text: &str, row: &mut [f32]) -> Result<(), TextError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let encoding = self.tokenizer.encode(text, true).map_err(tokenizer_error("applying"))?;
        let vector = self.forward(encoding.get_ids()).map_err(failed("encoding a text"))?;
        for (value, read) in row.iter_mut().zip(vector) {
            *value = read;
        }
        normalise(row);
        Ok(())
    }

    fn forward(&self, ids: &[u32]) -> candle_core::Result<Vec<f32>> {
        let ids = Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?;
        let types = ids.zeros_like()?;
        let states = match &self.layers {
            Layers::Bert(model) => model.forward(&ids, &types, None)?,
            Layers::Roberta(model) => model.forward(&ids, &ids.ones_like()?, &types, None, None, None)?,
        };
        match self.pooling {
            Pooling::Mean => states.mean(1)?.squeeze(0)?.to_vec1(),
            Pooling::First => states.i((0, 0))?.to_vec1(),
        }
    }
}

fn pooling(config: &Value) -> Result<Pooling, TextError> {
    let is_on = |name: &str| config[name].as_bool().unwrap_or(false);
    let others = ["max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"];
    if others.iter().any(|name| is_on(&format!("pooling_mode_{name}"))) {
        return Err(TextError::Parameter {
            name: "pooling mode",
            reason: "must be the mean of the tokens or the first token (cls)".to_owned(),
        });
    }
    Ok(if is_on("pooling_mode_cls_token") { Pooling::First } else { Pooling::Mean })
}

/// After the transformer only pooling and normalising are known.
fn check_modules(modules: &Value) -> Result<(), TextError> {
    let kinds = modules.as_array().into_iter().flatten().filter_map(|module| module["type"].as_str());
    for kind in kinds.filter_map(|kind| kind.rsplit('.').next()) {
        if !matches!(kind, "Transformer" | "Pooling" | "Normalize") {
            return Err(TextError::Parameter {
                name: "modules.json",
                reason: format!("may name Transformer, Pooling and Normalize, found {kind}"),
            });
        }
    }
    Ok(())
}

fn failed(action: &'static str) -> impl Fn(candle_core::Error) -> TextError {
    move |source| TextError::Transformer { action, source: Box::new(source) }
}
