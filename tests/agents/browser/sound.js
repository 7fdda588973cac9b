// The sound of a browser phone: a tone to send, and an ear for what is received.

const CONTEXT = new AudioContext({ sampleRate: 8000 });
const BLOCK = 512; // samples between two looks of a recording: 64 ms
const LOUDNESS = 0.25; // of full scale

export function makeTone(frequency) {
  const tone = new OscillatorNode(CONTEXT, { frequency });
  const quieter = new GainNode(CONTEXT, { gain: LOUDNESS });
  const out = new MediaStreamAudioDestinationNode(CONTEXT);
  tone.connect(quieter).connect(out);
  tone.start();
  return out.stream;
}

// Hears one call: hands 16-bit PCM to the recordings that are running.
export class Ear {
  constructor() {
    this.recordings = new Set();
  }

  // Comes again after a hold: the same sound then arrives as a new track.
  listenTo(stream) {
    this.stop();
    // The received sound only flows into the graph while an element plays it.
    this.element = new Audio();
    this.element.srcObject = stream;
    this.element.muted = true;
    this.element.play();
    this.source = CONTEXT.createMediaStreamSource(stream);
    this.processor = CONTEXT.createScriptProcessor(BLOCK, 1, 1);
    this.processor.onaudioprocess = ({ inputBuffer }) => {
      const pcm = Int16Array.from(inputBuffer.getChannelData(0), (x) => Math.max(-1, Math.min(1, x)) * 32767);
      for (const recording of this.recordings) recording.push(pcm);
    };
    this.source.connect(this.processor).connect(CONTEXT.destination);
  }

  stop() {
    if (!this.element) return;
    this.processor.onaudioprocess = null;
    this.source.disconnect();
    this.processor.disconnect();
    this.element.srcObject = null;
    this.element = null;
  }

  async record(seconds) {
    const recording = [];
    this.recordings.add(recording);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    this.recordings.delete(recording);
    const bytes = recording.flatMap((pcm) => [...new Uint8Array(pcm.buffer)]);
    return btoa(bytes.map((byte) => String.fromCharCode(byte)).join(""));
  }
}
