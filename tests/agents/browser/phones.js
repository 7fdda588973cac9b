// All phones of this page, by the name of their stack.

import { JssipPhone } from "./jssip.js";
import { SipjsPhone } from "./sipjs.js";

globalThis.phones = { jssip: JssipPhone, sipjs: SipjsPhone };
