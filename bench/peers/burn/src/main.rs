//! A training step of the plain LSTM network in burn, on its WebGPU backend: dense + ReLU, BiLstm, attention or mean
//! pooling, heads, cross-entropies, Adam. Prints one JSON object. Options as of the other peers; see ../README.md.

#![recursion_limit = "512"]

use std::time::{Duration, Instant};

use burn::backend::Autodiff;
use burn::backend::wgpu::{WebGpu, WgpuDevice, graphics::Vulkan, init_setup};
use burn::grad_clipping::GradientClippingConfig;
use burn::module::{Module, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{BiLstm, BiLstmConfig, Dropout, DropoutConfig, Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams, Optimizer};
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Distribution, Int, Tensor, TensorData, backend::Backend};

type Own = Autodiff<WebGpu>;

const FEATURES: usize = 36;
/// Blocks end with a readback, as those of the other peers.
const BLOCK: Duration = Duration::from_millis(500);

struct Options {
    batch: usize,
    frames: usize,
    units: usize,
    frontend: usize,
    hidden: usize,
    heads: Vec<(String, usize)>,
    attention: bool,
    dropout: f64,
    seconds: f64,
    adapter: Option<String>,
}

fn options() -> Result<Options, String> {
    let mut own = Options {
        batch: 8,
        frames: 50,
        units: 64,
        frontend: 256,
        hidden: 256,
        heads: heads("emotion=4,speaker=8,gender=2")?,
        attention: true,
        dropout: 0.5,
        seconds: 5.0,
        adapter: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        if name == "--json" {
            continue; // JSON is all there is
        }
        let value = args.next().ok_or(format!("{name} has no value"))?;
        let bad = |_| format!("{name} {value}: want a number");
        match name.as_str() {
            "--batch" => own.batch = value.parse().map_err(bad)?,
            "--frames" => own.frames = value.parse().map_err(bad)?,
            "--units" => own.units = value.parse().map_err(bad)?,
            "--frontend-units" => own.frontend = value.parse().map_err(bad)?,
            "--head-hidden" => own.hidden = value.parse().map_err(bad)?,
            "--heads" => own.heads = heads(&value)?,
            "--pooling" => own.attention = value == "attention",
            "--dropout" => own.dropout = value.parse().map_err(|_| "--dropout: want a number")?,
            "--seconds" => own.seconds = value.parse().map_err(|_| "--seconds: want a number")?,
            "--adapter" => own.adapter = Some(value),
            "--cell" if value == "lstm" => {}
            _ => return Err(format!("{name} {value}: no such option")),
        }
    }
    Ok(own)
}

fn heads(text: &str) -> Result<Vec<(String, usize)>, String> {
    let head = |part: &str| {
        let (task, classes) = part.split_once('=')?;
        Some((task.to_string(), classes.parse().ok()?))
    };
    let all: Option<Vec<_>> = text.split(',').map(head).collect();
    all.ok_or(format!("--heads {text}: want task=classes,..."))
}

#[derive(Module, Debug)]
struct Head<B: Backend> {
    hidden: Linear<B>,
    output: Linear<B>,
}

#[derive(Module, Debug)]
struct Network<B: Backend> {
    frontend: Linear<B>,
    recurrent: BiLstm<B>,
    attention: Option<Param<Tensor<B, 2>>>,
    heads: Vec<Head<B>>,
    dropout: Dropout,
}

impl<B: Backend> Network<B> {
    fn new(o: &Options, device: &B::Device) -> Self {
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        Self {
            frontend: linear(FEATURES, o.frontend),
            recurrent: BiLstmConfig::new(o.frontend, o.units, true).init(device),
            attention: o
                .attention
                .then(|| Param::from_tensor(Tensor::zeros([2 * o.units, 1], device))),
            heads: o
                .heads
                .iter()
                .map(|(_, classes)| Head {
                    hidden: linear(2 * o.units, o.hidden),
                    output: linear(o.hidden, *classes),
                })
                .collect(),
            dropout: DropoutConfig::new(o.dropout).init(),
        }
    }

    /// The weighted sum of the heads' losses.
    fn loss(&self, features: Tensor<B, 3>, labels: &[Tensor<B, 1, Int>], weights: &[f64]) -> Tensor<B, 1> {
        let x = self.dropout.forward(relu(self.frontend.forward(features)));
        let y = self.dropout.forward(self.recurrent.forward(x, None).0); // [B, T, D]
        let pooled: Tensor<B, 2> = match &self.attention {
            None => y.mean_dim(1).squeeze_dim(1),
            Some(vector) => {
                let scores = softmax(y.clone().matmul(vector.val().unsqueeze()), 1);
                (y * scores).sum_dim(1).squeeze_dim(1)
            }
        };
        let losses = self.heads.iter().zip(labels).zip(weights).map(|((head, labels), weight)| {
            let inner = self.dropout.forward(relu(head.hidden.forward(pooled.clone())));
            let entropy = CrossEntropyLossConfig::new().init(&pooled.device());
            entropy.forward(head.output.forward(inner), labels.clone()) * *weight
        });
        losses.reduce(|a, b| a + b).expect("a head")
    }
}

fn run() -> Result<serde_json::Value, String> {
    let o = options()?;
    let device = match o.adapter.as_deref() {
        Some("lavapipe" | "swiftshader") => WgpuDevice::Cpu,
        _ => WgpuDevice::DefaultDevice,
    };
    let info = init_setup::<Vulkan>(&device, Default::default()).adapter.get_info();
    Own::seed(&device, 1);
    let features = Tensor::<Own, 3>::random(
        [o.batch, o.frames, FEATURES],
        Distribution::Normal(0.0, 1.0),
        &device,
    );
    let labels: Vec<_> = o
        .heads
        .iter()
        .map(|(_, classes)| {
            let own: Vec<i32> = (0..o.batch).map(|row| (row * 7 % classes) as i32).collect();
            Tensor::<Own, 1, Int>::from_data(TensorData::from(own.as_slice()), &device)
        })
        .collect();
    let weights: Vec<f64> = o
        .heads
        .iter()
        .map(|(task, _)| match task.as_str() {
            "speaker" => 0.3,
            "gender" => 0.6,
            _ => 1.0,
        })
        .collect();
    let mut network = Some(Network::<Own>::new(&o, &device));
    // burn clips each tensor by its own norm; it has no norm of all gradients
    let mut adam = AdamConfig::new()
        .with_epsilon(1e-8)
        .with_grad_clipping(Some(GradientClippingConfig::Norm(5.0)))
        .init();
    let mut loss = f32::NAN;
    let mut block = |count: usize| {
        let began = Instant::now();
        let mut last = None;
        for _ in 0..count {
            let own = network.take().expect("a network");
            let value = own.loss(features.clone(), &labels, &weights);
            let gradients = GradientsParams::from_grads(value.backward(), &own);
            network = Some(adam.step(1e-3, own, gradients));
            last = Some(value);
        }
        loss = last.expect("a step").into_scalar();
        // the last update, too
        let frontend = network.as_ref().expect("a network").frontend.weight.val();
        let _ = frontend.slice([0..1, 0..1]).into_data();
        began.elapsed().as_secs_f64() * 1000.0 / count as f64
    };
    let first = block(1);
    let trial = block(1); // what is tuned or compiled late
    let count = ((BLOCK.as_secs_f64() * 1000.0 / trial.min(block(1))) as usize).max(1);
    let end = Instant::now() + Duration::from_secs_f64(o.seconds);
    let mut times = vec![];
    while times.len() < 3 || Instant::now() < end {
        times.push(block(count));
    }
    times.sort_by(f64::total_cmp);
    let ms = times[times.len() / 2];
    if !loss.is_finite() {
        return Err(format!("the loss is {loss}"));
    }
    Ok(serde_json::json!({
        "peer": "burn", "version": "0.20.1", "kind": "train-step", "backend": "webgpu",
        "adapter": info.name, "driver": format!("{} {}", info.driver, info.driver_info),
        "dropout": o.dropout, "ms": ms, "fastest": times[0], "steps": times.len() * count,
        "firstStepMs": first, "loss": loss,
        "shape": { "batch": o.batch, "frames": o.frames, "units": o.units },
        "framesPerSecond": 1000.0 * (o.batch * o.frames) as f64 / ms,
    }))
}

fn main() {
    match run() {
        Ok(result) => println!("{result}"),
        Err(problem) => {
            eprintln!("burn-train: {problem}");
            std::process::exit(1);
        }
    }
}
