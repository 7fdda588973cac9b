// The browser's half of the JsSIP phone. The agent calls `phone.obey(command)` and hears events through `tell(json)`.

import JsSIP from "jssip";

const CONTEXT = new AudioContext({ sampleRate: 8000 });
const BLOCK = 512; // samples between two looks of a recording: 64 ms
const LOUDNESS = 0.25; // of full scale
const POLL_MS = 20;
const CALL_OPTIONS = { pcConfig: { iceServers: [] }, mediaConstraints: { audio: true, video: false } };

JsSIP.debug.enable("JsSIP:Transport JsSIP:WebSocketInterface");

function event(kind, facts) {
  globalThis.tell(JSON.stringify({ kind, facts }));
}

function makeTone(frequency) {
  const tone = new OscillatorNode(CONTEXT, { frequency });
  const quieter = new GainNode(CONTEXT, { gain: LOUDNESS });
  const out = new MediaStreamAudioDestinationNode(CONTEXT);
  tone.connect(quieter).connect(out);
  tone.start();
  return out.stream;
}

// Hears one call: hands 16-bit PCM to the recordings that are running.
class Ear {
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

class Phone {
  constructor() {
    this.answerMode = "ring";
    this.calls = new Map(); // number -> {number, session, ear, confirmed}
    this.ua = null;
  }

  start(settings) {
    this.settings = settings;
    this.tone = makeTone(settings.tone_hz);
  }

  async obey({ do: what, ...args }) {
    switch (what) {
      case "register":
        await this.use(args.expires);
        this.register();
        return {};
      case "refresh":
        this.register();
        return {};
      case "unregister":
        this.unregister();
        return {};
      case "answer_mode":
        this.answerMode = args.mode;
        return {};
      case "call":
        return { call: await this.dial(args.uri) };
    }
    const call = this.calls.get(args.call);
    switch (what) {
      case "listen":
        return { pcm: await call.ear.record(args.seconds) };
      case "answer":
        call.session.answer(this.options());
        return {};
      case "reject":
        call.session.terminate({ status_code: args.code });
        return {};
      case "hangup":
        if (call.session.isEnded()) return {};
        call.hungUp = true;
        call.session.terminate(call.outgoing || call.confirmed ? {} : { status_code: 486 });
        return {};
      case "hold":
      case "resume":
        if (!(what === "hold" ? call.session.hold() : call.session.unhold())) throw new Error(`cannot ${what} now`);
        return {};
    }
    throw new Error(`no such command: ${what}`);
  }

  async leave() {
    for (const { session } of this.calls.values()) if (!session.isEnded()) session.terminate();
    if (this.ua) this.ua.stop();
  }

  // The stack has one expiry for life: another one needs another stack.
  async use(expires) {
    if (this.ua && this.expires === expires) return;
    if (this.ua) this.ua.stop();
    const { username, password, domain, proxy_host, proxy_port, instance_id } = this.settings;
    this.expires = expires;
    const ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(`ws://${proxy_host}:${proxy_port}/`)],
      uri: `sip:${username}@${domain}`,
      password: password ?? undefined,
      register: false,
      register_expires: expires,
      ...(instance_id ? { instance_id } : {}),
    });
    this.ua = ua;
    ua.on("registrationFailed", ({ response, cause }) => {
      this.failure = { registered: false, status: response?.status_code ?? 0, reason: cause };
    });
    ua.on("unregistered", ({ response }) => {
      if (!this.unregistering) return;
      this.unregistering = false;
      event("registration", { registered: false, status: response?.status_code ?? 0, reason: "unregistered" });
    });
    ua.on("newRTCSession", ({ originator, session, request }) => {
      if (originator === "remote") this.ring(session, request);
    });
    const connected = new Promise((resolve, reject) => {
      ua.once("connected", resolve);
      ua.once("disconnected", () => reject(new Error("no WebSocket connection")));
    });
    ua.start();
    await connected;
  }

  // The stack only tells of the first of several registrations, so look until it is done with this one.
  register() {
    this.failure = null;
    this.ua.register();
    const registrator = this.ua.registrator();
    const timer = setInterval(() => {
      if (registrator._registering) return;
      clearInterval(timer);
      event("registration", this.failure ?? { registered: registrator.registered, status: 200, reason: "OK" });
    }, POLL_MS);
  }

  unregister() {
    if (!this.ua?.isRegistered()) {
      event("registration", { registered: false, status: 200, reason: "was not registered" });
      return;
    }
    this.unregistering = true;
    this.ua.unregister();
  }

  options() {
    return { ...CALL_OPTIONS, mediaStream: this.tone.clone() };
  }

  async dial(uri) {
    if (!this.ua) await this.use(0);
    const call = this.newCall(true);
    const eventHandlers = { peerconnection: ({ peerconnection }) => this.hear(call, peerconnection) };
    this.follow(call, this.ua.call(uri, { ...this.options(), eventHandlers }));
    return call.number;
  }

  ring(session, request) {
    const call = this.newCall(false);
    this.follow(call, session);
    session.on("peerconnection", ({ peerconnection }) => this.hear(call, peerconnection));
    event("incoming", { call: call.number, caller: request.from.uri.toString(), callee: request.to.uri.toString() });
    if (this.answerMode === "auto") session.answer(this.options());
    if (this.answerMode === "busy") session.terminate({ status_code: 486 });
  }

  newCall(outgoing) {
    const call = { number: this.calls.size + 1, outgoing, confirmed: false, hungUp: false, ear: new Ear() };
    this.calls.set(call.number, call);
    return call;
  }

  hear(call, peerconnection) {
    peerconnection.addEventListener("track", ({ track }) => call.ear.listenTo(new MediaStream([track])));
  }

  follow(call, session) {
    call.session = session;
    const report = (state, status = 0, reason = "") => event("call", { call: call.number, state, status, reason });
    const held = () => {
      const { local, remote } = session.isOnHold();
      event("hold", { call: call.number, here: local, peer: remote });
    };
    session.on("progress", () => call.outgoing && report("ringing"));
    session.on("confirmed", () => {
      call.confirmed = true;
      report("established");
    });
    const over = (status, reason) => {
      call.ear.stop();
      report("ended", status, reason);
    };
    session.on("ended", ({ cause }) => over(200, cause));
    session.on("failed", ({ originator, message, cause }) => over(...endOf(call, originator, message, cause)));
    session.on("hold", held);
    session.on("unhold", held);
  }
}

function endOf(call, originator, message, cause) {
  if (call.outgoing && originator === "remote" && message?.status_code) return [message.status_code, cause];
  if (call.outgoing) return [call.hungUp ? 487 : 0, cause];
  return [originator === "local" ? 486 : 487, cause];
}

globalThis.phone = new Phone();
