// The phone with SIP.js.

import { Inviter, Registerer, RegistererState, SessionState, UserAgent, Web } from "sip.js";

import { Phone } from "./phone.js";

const WITHOUT_STUN = { peerConnectionConfiguration: { iceServers: [] } };
const SOUND_ONLY = { constraints: { audio: true, video: false } };
const ON_HOLD = /^a=(sendonly|inactive)\s*$/m;

export class SipjsPhone extends Phone {
  async leave() {
    for (const call of this.calls.values()) if (!call.over) this.end(call);
    if (this.registerer?.state === RegistererState.Registered) await this.registerer.unregister();
    await this.ua?.stop();
  }

  async use(expires) {
    if (this.registerer && this.expires === expires) return;
    this.expires = expires;
    await this.registerer?.dispose();
    if (!this.ua) await this.connectOnce();
    this.registerer = new Registerer(this.ua, { expires: expires || 60 });
  }

  async connectOnce() {
    const { username, password, domain, proxy_host, proxy_port, contact_parameters } = this.settings;
    this.ua = new UserAgent({
      uri: UserAgent.makeURI(`sip:${username}@${domain}`),
      contactParams: { transport: "ws", ...parsed(contact_parameters) },
      transportOptions: { server: `ws://${proxy_host}:${proxy_port}/`, traceSip: true },
      authorizationUsername: username,
      authorizationPassword: password ?? undefined,
      sessionDescriptionHandlerFactory: Web.defaultSessionDescriptionHandlerFactory(async () => this.tone.clone()),
      sessionDescriptionHandlerFactoryOptions: WITHOUT_STUN,
      delegate: { onInvite: (invitation) => this.take(invitation) },
    });
    await this.ua.start();
  }

  register() {
    this.registerer.register({ requestDelegate: this.outcome(true) });
  }

  unregister() {
    if (this.registerer?.state !== RegistererState.Registered) {
      this.reportRegistration(false, 200, "was not registered");
      return;
    }
    this.registerer.unregister({ requestDelegate: this.outcome(false) });
  }

  outcome(registered) {
    const told = (holds) => ({ message: { statusCode, reasonPhrase } }) =>
      this.reportRegistration(holds, statusCode, reasonPhrase);
    return { onAccept: told(registered), onReject: told(false) };
  }

  accept(call) {
    call.session.accept({ sessionDescriptionHandlerOptions: SOUND_ONLY });
  }

  refuse(call, code) {
    call.refused = code;
    call.session.reject({ statusCode: code });
  }

  end(call) {
    if (call.confirmed) call.session.bye();
    else if (call.outgoing) call.session.cancel();
    else this.refuse(call, 486);
  }

  // The stack changes the direction alone: what is sent has to be silenced as well.
  hold(call, wanted) {
    call.session.sessionDescriptionHandlerOptionsReInvite = { ...SOUND_ONLY, hold: wanted };
    const onAccept = () => {
      const senders = call.session.sessionDescriptionHandler.peerConnection.getSenders();
      for (const { track } of senders) if (track) track.enabled = !wanted;
      call.held = wanted;
      this.reportHold(call, wanted, Boolean(call.heldByPeer));
    };
    return call.session.invite({ requestDelegate: { onAccept } });
  }

  connect(uri, call) {
    const inviter = new Inviter(this.ua, UserAgent.makeURI(uri), { sessionDescriptionHandlerOptions: SOUND_ONLY });
    this.follow(call, inviter);
    inviter.invite({
      requestDelegate: {
        onProgress: () => this.report(call, "ringing"),
        onReject: ({ message: { statusCode, reasonPhrase } }) => {
          call.end = [statusCode, reasonPhrase];
        },
      },
    });
  }

  take(invitation) {
    const call = this.newCall(false);
    this.follow(call, invitation);
    this.ring(call, invitation.request.from.uri.toString(), invitation.request.to.uri.toString());
  }

  follow(call, session) {
    call.session = session;
    session.delegate = {
      onSessionDescriptionHandler: (handler) => {
        handler.peerConnectionDelegate = { ontrack: ({ track }) => this.hear(call, track) };
      },
      onInvite: (request) => {
        call.heldByPeer = ON_HOLD.test(request.body);
        this.reportHold(call, Boolean(call.held), call.heldByPeer);
      },
    };
    session.stateChange.addListener((state) => {
      if (state === SessionState.Established) this.report(call, "established");
      if (state === SessionState.Terminated) this.report(call, "ended", ...endOf(call));
    });
  }
}

function parsed(parameters) {
  return Object.fromEntries(parameters.split(";").filter(Boolean).map((parameter) => parameter.split("=")));
}

function endOf(call) {
  if (call.confirmed) return [200, "OK"];
  if (call.refused) return [call.refused, "refused"];
  return call.end ?? [487, "Request Terminated"];
}
