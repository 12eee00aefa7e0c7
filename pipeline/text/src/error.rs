//! What can go wrong when models are read, fitted or applied. No message contains customer text.

/// Why a model could not be read or fitted, or why its input does not fit it.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// A complaint rule file is not the TOML we expect.
    #[error("complaint rules for {language} cannot be read")]
    RuleFile {
        /// The language the file is for.
        language: String,
        /// What the TOML reader said.
        #[source]
        source: Box<toml::de::Error>,
    },

    /// The phrases of a rule file cannot be compiled, or one of them is empty.
    #[error("complaint rules for {language}: {reason}")]
    RulePhrase {
        /// The language the file is for.
        language: String,
        /// What is wrong with which phrase.
        reason: String,
    },

    /// The tokenizer cannot be read, trained or applied.
    #[error("tokenizer: {action} failed")]
    Tokenizer {
        /// What was tried.
        action: &'static str,
        /// What the tokenizer said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A safetensors file cannot be read or written.
    #[error("tensors of the {model} cannot be read or written")]
    Tensors {
        /// Which model the file belongs to.
        model: &'static str,
        /// What safetensors said.
        #[source]
        source: safetensors::SafeTensorError,
    },

    /// A sentence transformer cannot be read or applied.
    #[error("sentence transformer: {action} failed")]
    Transformer {
        /// What was tried.
        action: &'static str,
        /// What candle said.
        #[source]
        source: Box<candle_core::Error>,
    },

    /// A JSON file of a model is not what we expect.
    #[error("{file} of the model cannot be read")]
    ModelJson {
        /// The file.
        file: &'static str,
        /// What the JSON reader said.
        #[source]
        source: serde_json::Error,
    },

    /// A tensor is missing, or its type or shape is not the one expected.
    #[error("tensor {tensor}: expected {expected}, found {found}")]
    TensorShape {
        /// The tensor's name.
        tensor: &'static str,
        /// The type and shape the model needs.
        expected: String,
        /// What the file has.
        found: String,
    },

    /// The edits of issues are not the TOML we expect.
    #[error("the edits of issues cannot be read")]
    EditsFile {
        /// What the TOML reader said.
        #[source]
        source: Box<toml::de::Error>,
    },

    /// The description of an issue set is not the JSON we expect.
    #[error("issue set cannot be read or written as json")]
    IssueSetJson {
        /// What the JSON reader said.
        #[source]
        source: serde_json::Error,
    },

    /// A parameter is outside its range.
    #[error("parameter {name}: {reason}")]
    Parameter {
        /// The parameter's name.
        name: &'static str,
        /// The range, and the value found.
        reason: String,
    },

    /// Two inputs that belong together have different lengths.
    #[error("{left_count} {left} but {right_count} {right}")]
    LengthMismatch {
        /// What the first input holds.
        left: &'static str,
        /// Its length.
        left_count: usize,
        /// What the second input holds.
        right: &'static str,
        /// Its length.
        right_count: usize,
    },

    /// There is too little text to fit a model on.
    #[error("fitting the {model} needs at least {needed} texts, found {found}")]
    TooFewTexts {
        /// Which model was to be fitted.
        model: &'static str,
        /// The least number of texts.
        needed: usize,
        /// The number of usable texts.
        found: usize,
    },
}
