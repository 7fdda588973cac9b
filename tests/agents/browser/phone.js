// The part of a browser phone that is the same for each SIP stack. The agent calls `phone.obey(command)` and hears
// events through `tell(json)`.

import { Ear, makeTone } from "./sound.js";

export function event(kind, facts) {
  globalThis.tell(JSON.stringify({ kind, facts }));
}

// A stack's phone has: use(expires), register(), unregister(), connect(uri, call), leave(), and of each call
// accept(call), refuse(call, code), end(call), hold(call, wanted).
export class Phone {
  constructor() {
    this.answerMode = "ring";
    this.calls = new Map(); // number -> {number, session, ear, outgoing, confirmed, hungUp, over}
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
        this.accept(call);
        return {};
      case "reject":
        this.refuse(call, args.code);
        return {};
      case "hangup":
        if (call.over) return {};
        call.hungUp = true;
        if (call.outgoing || call.confirmed) this.end(call);
        else this.refuse(call, 486);
        return {};
      case "hold":
      case "resume":
        this.hold(call, what === "hold");
        return {};
    }
    throw new Error(`no such command: ${what}`);
  }

  async dial(uri) {
    if (this.expires === undefined) await this.use(0);
    const call = this.newCall(true);
    this.connect(uri, call);
    return call.number;
  }

  // Tell of an incoming call and do what the answer mode says.
  ring(call, caller, callee) {
    event("incoming", { call: call.number, caller, callee });
    if (this.answerMode === "auto") this.accept(call);
    if (this.answerMode === "busy") this.refuse(call, 486);
  }

  newCall(outgoing) {
    const number = this.calls.size + 1;
    const call = { number, outgoing, confirmed: false, hungUp: false, over: false, ear: new Ear() };
    this.calls.set(call.number, call);
    return call;
  }

  hear(call, track) {
    call.ear.listenTo(new MediaStream([track]));
  }

  report(call, state, status = 0, reason = "") {
    if (state === "established") call.confirmed = true;
    if (state === "ended") {
      call.over = true;
      call.ear.stop();
    }
    event("call", { call: call.number, state, status, reason });
  }

  reportHold(call, here, peer) {
    event("hold", { call: call.number, here, peer });
  }

  reportRegistration(registered, status, reason) {
    event("registration", { registered, status, reason });
  }
}
