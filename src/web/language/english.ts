/** What the page says in English, besides the texts of index.html. The other languages have the same keys. */

/** Parts of a sentence, some of them emphasised. */
export type Parts = readonly (string | Node)[];
type Strong = (text: string) => Node;

const recordings = (n: number): string => `${n} ${n === 1 ? 'recording' : 'recordings'}`;
const epochs = (n: number): string => `${n} ${n === 1 ? 'epoch' : 'epochs'}`;

export const english = {
  /** For numbers. */
  locale: 'en-GB' as string,
  title: 'alstm: emotion in speech, on your own device',
  /** Names of labels that models often have; others are shown as they are. */
  labels: {
    anger: 'anger',
    boredom: 'boredom',
    calm: 'calm',
    contempt: 'contempt',
    disgust: 'disgust',
    fear: 'fear',
    happiness: 'happiness',
    joy: 'joy',
    neutral: 'neutral',
    sadness: 'sadness',
    surprise: 'surprise',
  },
  tasks: {
    emotion: 'emotion',
    speaker: 'speaker',
    gender: 'gender',
    arousal: 'arousal',
    valence: 'valence',
    dominance: 'dominance',
  },
  recordings,
  device: { slow: (name: string) => `${name} (on the CPU: slow)`, none: 'No GPU' },
  notices: {
    notNow: 'Not now',
    newVersion: 'A new version is ready. Reload when nothing is running.',
    reload: 'Reload',
  },
  address: {
    copyLink: 'Copy link',
    copied: 'Copied',
    copyByHand: (address: string) => `The browser does not let the page copy: ${address}`,
    noModel: (model: string, known: string) =>
      `The address names a model that does not come with this page, “${model}”: there are ${known}.`,
    noPart: (part: string, known: string) =>
      `The address names a part that this page does not have, “${part}”: there are ${known}.`,
  },
  saving: 'Saving…',
  answer: {
    notSure: 'not sure',
    perhaps: (answer: string) => `not sure, perhaps ${answer}`,
    hears: (strong: Strong, label: string, share: string): Parts => [
      'The model hears ',
      strong(label),
      ` (${share}). `,
    ],
    unsure: (strong: Strong, label: string, share: string): Parts => [
      strong('Not sure'),
      `, perhaps ${label} (${share}). `,
    ],
    predicts: (strong: Strong, numbers: string): Parts => [
      'The model predicts ',
      strong(numbers),
      '. ',
    ],
    alsoPredicts: (strong: Strong, numbers: string): Parts => [
      'It predicts ',
      strong(numbers),
      '. ',
    ],
    listensAt: (time: string) => `It listens most at ${time}`,
    listensOver: (share: string, from: string) =>
      `${share} of its attention is on the second starting at ${from}`,
    unmeasured: (threshold: string) =>
      `The model counts as sure from ${threshold} on; how often it is right then was not measured.`,
    measured: (known: number, threshold: string, accuracy: string, coverage: string) =>
      `With ${recordings(known)} of a speaker known, answers at or above ${threshold} were right in ${accuracy} of cases, and ${coverage} of all answers reach it.`,
    times: (sound: string, features: string, network: string) =>
      `${sound} of sound; features ${features}, network ${network}`,
    sound: (length: string) => `${length} of sound`,
    alone: 'Compared with this recording alone: nothing else is known of its voice.',
    compared: (known: number) =>
      `Compared with ${recordings(known)} of this voice. Another person? Forget this voice first.`,
    byItself: 'by itself',
    known: (n: number) => `${n} known`,
    firstChangesNothing:
      'A voice that is not known is compared with its own recording, so the first one changes nothing: add others.',
    beforeAfter: 'Before → after: ',
    changes: 'Share of each label, by recordings of the voice',
    shares: 'Share of each label',
    sharesNow: 'Share of each label, now',
    caution:
      'A share is how a model divides its belief among its classes, not how strongly anybody feels.',
  },
  listen: {
    time: 'Time in the recording',
    to: (name: string) => `Listening to ${name}…`,
    toSeveral: (n: number) => `Listening to ${recordings(n)}.`,
    nothing: 'there are no recordings in what was chosen',
    nothingHint: 'Folders are searched for WAV, FLAC, MP3, OGG and Opus.',
    loadingSound: 'Loading the sound…',
    playRobot: (emotion: string) => `Play a robot, meant as ${emotion}`,
    robot: (emotion: string) => `A robot, meant as ${emotion}`,
  },
  table: {
    caption: 'Recordings; a name opens that recording',
    recording: 'Recording',
    length: 'Length',
    tally: (n: number, tally: string) => `${recordings(n)}: ${tally}.`,
    done: (done: number, all: number) => `${done} of ${all}`,
    left: (time: string) => `about ${time} left`,
    failed: (n: number) => `${n} failed`,
    notHeard: (n: number) => `${n} not heard yet`,
  },
  live: {
    waiting: 'Waiting for the microphone…',
    lastMinute: 'The last minute',
    secondsAgo: 'seconds ago',
    speak: 'Speak…',
    on: 'The microphone is on. Nothing is recorded.',
    off: 'The microphone is off.',
    now: 'Now',
    last: 'Last from the microphone',
    stop: 'Stop listening',
    use: 'Use the microphone',
    quiet: 'Too quiet',
    window: (seconds: string, features: string, network: string) =>
      `window of ${seconds} s: features ${features}, network ${network}`,
    known: (n: number) => `voice known from ${n}`,
    tell: (answer: string) => `Now: ${answer}.`,
    insecure: 'the microphone is only available over https or from localhost',
    forbidden: 'this page may not use the microphone: allow it in the address bar',
    missing: 'there is no microphone on this device',
    silent: 'the sound system does not start: connect headphones or a loudspeaker',
  },
  voice: {
    addKnown: 'This recording is known',
    add: 'Add this recording: the same voice',
    nothingKnown: 'Nothing is known of this voice',
    known: (n: number) => `${recordings(n)} of this voice known`,
    better: (enough: number) => `: it answers best from about ${enough} on, in different moods`,
    meter: (n: number, enough: number) => `${n} of ${enough} recordings`,
    allKnown: 'All of this is known already.',
    learning: 'Getting to know the voice…',
    skipped: (n: number, first: string) => `${n} skipped: ${first}.`,
    forgetting: 'Forgetting the voice…',
    say: 'Say a few sentences as you like. Press again to stop.',
    stop: 'Stop',
    saySentences: 'Say a few sentences',
  },
  model: {
    looking: 'Looking for models…',
    own: 'a model of your own',
    loadFolder: 'Load its folder; until then the model before answers.',
    loading: 'Loading the model…',
    trainedHere: (kind: string) => `Trained here: ${kind}`,
    loaded: (kind: string) => `Loaded: ${kind}`,
    nonCommercial: (terms: string) => `Non-commercial (${terms}): not for commercial use.`,
    terms: (terms: string) => `Terms: ${terms}.`,
    trainedOn: (data: string) => `Trained on ${data}.`,
    parameters: (n: string) => `${n} parameters`,
    labels: (names: string) => `labels: ${names}`,
    numbers: (names: string) => `numbers: ${names}`,
    loadingCard: 'Loading the card…',
    emotions: (n: number) => `${n} emotions`,
    classes: (n: number, task: string) => `${n} of ${task}`,
    units: (cell: string, units: number) => `${cell}, ${units} units`,
  },
  look: {
    looking: 'Looking into the network…',
    layer: (n: number, title: string) => `Layer ${n}: ${title}`,
    back: (offsets: readonly number[]) =>
      `${offsets.slice(0, -1).join(', ')} and ${offsets.at(-1) ?? ''} steps back`,
    plain: (cell: string) =>
      `A plain ${cell} continues from its last step only: it combines nothing. This shows how open its gates are.`,
    mean: (cell: string, back: string) =>
      `Every few steps, a ${cell} takes the mean of its states from ${back}.`,
    attention: (cell: string, back: string) =>
      `An ${cell} does not only continue from its last step: every few steps it combines its states from ${back}. This shows the weights, and how open the gates are.`,
  },
  chart: {
    voice: 'Voice',
    waveform: (seconds: string) => `Waveform of ${seconds} seconds of sound.`,
    pitch: 'Pitch, Hz',
    unvoiced: 'No part of the recording is voiced.',
    medianPitch: (hertz: number) => `The median pitch of voiced parts is ${hertz} hertz.`,
    pitchAt: (hertz: number) => `pitch ${hertz} Hz`,
    noPitch: 'no clear pitch',
    attention: 'Attention, relative to uniform',
    largestAt: (seconds: string) => `Largest at ${seconds} seconds.`,
    attentionAt: (times: string) => `attention ${times} ×`,
    last: (values: string) => `Last: ${values}.`,
    none: (name: string) => `no ${name} yet`,
    outputWeights: 'Output weights',
    cellWeights: 'Cell state weights',
    /** A title within a sentence. */
    within: (title: string) => title.toLowerCase(),
    meanWeights: (means: string) => `Mean weights: ${means}.`,
    gates: 'Gate activations',
    meanGates: (means: string) => `Means over units and time: ${means}.`,
    features: 'Normalised features',
    featuresAbout: (n: number, first: string, last: string) =>
      `${n} features over time, from ${first} at the top to ${last} at the bottom.`,
  },
  train: {
    /** What the worker is at. */
    steps: { copying: 'Copying recordings', features: 'Features' },
    step: (step: string, done: number, total: number) => `${step}: ${done} of ${total}…`,
    kept: (n: number, done: number, all: number) =>
      `An earlier training run is stored on this device: ${recordings(n)}, ${done} of ${epochs(all)} done.`,
    checking: 'Checking the recordings…',
    ready: (n: number) => `${n === 1 ? '1 recording is' : `${n} recordings are`} ready.`,
    gettingReady: 'Getting ready…',
    mayDelete: 'This deletes the training run and the model stored here. Continue?',
    stopping: 'Stopping after this step…',
    pausing: 'Pausing after this step…',
    stopped: 'Stopped.',
    finished: (n: number) => `Finished: ${epochs(n)} done.`,
    early: (n: number) => `Stopped early, because it did not improve: ${epochs(n)} done.`,
    stoppedAt: (n: number) => `Stopped: ${epochs(n)} done.`,
    pausedAt: (n: number) => `Paused: ${epochs(n)} done. It is stored on this device.`,
    best: (epoch: number, accuracy: string) =>
      `The best model so far is from epoch ${epoch}: ${accuracy} of the validation recordings were classified correctly.`,
    deleting: 'Deleting…',
    deleted: 'Deleted.',
    packing: 'Packing…',
    again: 'Train from scratch',
    start: 'Train',
    byLabel: 'Recordings by label',
    label: 'label',
    recordings: 'recordings',
    total: 'total',
    validation: 'Validation recordings',
    truth: 'true / predicted',
    confusion: 'Confusion matrix',
    title: 'Training',
    loss: 'Loss',
    epoch: 'epoch',
    training: 'training',
    validating: 'validation',
    accuracy: 'accuracy',
    uar: 'UAR',
    atStep: (epoch: number, epochs: number, step: number, speed: string) =>
      `epoch ${epoch} of ${epochs}, step ${step}, ${speed} frames/s`,
    atEpoch: (epoch: number, epochs: number, speed: string) =>
      `epoch ${epoch} of ${epochs}, ${speed} frames/s`,
    sofar: (done: number, all: number, loss: string) => `${done} of ${all} epochs, loss ${loss}`,
    right: (share: string) => `${share} of validation right`,
  },
  clips: {
    recording: (label: string) => `Recording “${label}”. Press again to stop.`,
    tooShort: 'Too short: not saved.',
    recorded: (seconds: string, label: string) => `${seconds} of “${label}” recorded.`,
    stop: 'Stop',
    record: 'Record',
    remove: (n: number, text: string) => `Delete clip ${n}: ${text}`,
  },
  measure: {
    steps: { training: 'Training step', inference: 'Inference', passes: 'Passes' },
    step: (step: string, at: number, total: number) => `${step} (${at} of ${total})…`,
    gettingReady: 'Getting ready…',
    done: 'Done.',
    trainingStep: 'Training step',
    batch: 'Inference on the batch',
    speech: 'Three seconds of speech',
    most: (time: string) => `95 % under ${time}`,
    adapter: 'Adapter',
    framesPerSecond: (n: string) => `${n} frames/s`,
    copied: 'Copied.',
    copyByHand:
      'The browser does not let the page copy. The results are selected: copy them by hand.',
    noTimestamps:
      'This adapter has no timestamps for pages, so passes cannot be timed individually.',
    passes: (n: number, time: string) => `${n} passes, ${time} in total`,
    slowest: (shown: number, n: number, time: string) =>
      `the ${shown} slowest of ${n} passes, ${time} in total`,
    pass: 'pass',
    share: 'share',
  },
};

export type Words = typeof english;
