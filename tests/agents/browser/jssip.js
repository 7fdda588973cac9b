// The phone with JsSIP.

import JsSIP from "jssip";

import { Phone } from "./phone.js";

const POLL_MS = 20;
const CALL_OPTIONS = { pcConfig: { iceServers: [] }, mediaConstraints: { audio: true, video: false } };

JsSIP.debug.enable("JsSIP:Transport JsSIP:WebSocketInterface");

export class JssipPhone extends Phone {
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
      this.failure = [false, response?.status_code ?? 0, cause];
    });
    ua.on("unregistered", ({ response }) => {
      if (!this.unregistering) return;
      this.unregistering = false;
      this.reportRegistration(false, response?.status_code ?? 0, "unregistered");
    });
    ua.on("newRTCSession", ({ originator, session, request }) => {
      if (originator === "remote") this.take(session, request);
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
      this.reportRegistration(...(this.failure ?? [registrator.registered, 200, "OK"]));
    }, POLL_MS);
  }

  unregister() {
    if (!this.ua?.isRegistered()) {
      this.reportRegistration(false, 200, "was not registered");
      return;
    }
    this.unregistering = true;
    this.ua.unregister();
  }

  accept(call) {
    call.session.answer(this.options());
  }

  refuse(call, code) {
    call.session.terminate({ status_code: code });
  }

  end(call) {
    call.session.terminate();
  }

  hold(call, wanted) {
    if (!(wanted ? call.session.hold() : call.session.unhold())) throw new Error("cannot do that now");
  }

  options() {
    const mediaStream = this.tone.clone();
    if (this.settings.features.includes("video")) mediaStream.addTrack(makePicture());
    return { ...CALL_OPTIONS, mediaStream };
  }

  connect(uri, call) {
    const eventHandlers = { peerconnection: ({ peerconnection }) => this.listen(call, peerconnection) };
    this.follow(call, this.ua.call(uri, { ...this.options(), eventHandlers }));
  }

  take(session, request) {
    const call = this.newCall(false);
    this.follow(call, session);
    session.on("peerconnection", ({ peerconnection }) => this.listen(call, peerconnection));
    this.ring(call, request.from.uri.toString(), request.to.uri.toString());
  }

  listen(call, peerconnection) {
    peerconnection.addEventListener("track", ({ track }) => this.hear(call, track));
  }

  follow(call, session) {
    call.session = session;
    const held = () => {
      const { local, remote } = session.isOnHold();
      this.reportHold(call, local, remote);
    };
    session.on("progress", () => call.outgoing && this.report(call, "ringing"));
    session.on("confirmed", () => this.report(call, "established"));
    session.on("ended", ({ cause }) => this.report(call, "ended", 200, cause));
    session.on("failed", ({ originator, message, cause }) =>
      this.report(call, "ended", ...endOf(call, originator, message, cause)),
    );
    session.on("hold", held);
    session.on("unhold", held);
  }
}

// A track with a picture that changes.
function makePicture() {
  const canvas = document.createElement("canvas");
  const brush = canvas.getContext("2d");
  setInterval(() => brush.fillRect(Math.random() * canvas.width, 0, 9, 9), 100);
  return canvas.captureStream(10).getVideoTracks()[0];
}

function endOf(call, originator, message, cause) {
  if (call.outgoing && originator === "remote" && message?.status_code) return [message.status_code, cause];
  if (call.outgoing) return [call.hungUp ? 487 : 0, cause];
  return [originator === "local" ? 486 : 487, cause];
}
