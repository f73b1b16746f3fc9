import { render } from 'preact';
import { App } from './app.js';
import { messageOf } from './components/problem.js';
import { showToast } from './components/toasts.js';
import { signInByLink } from './session.js';
import { strings } from './strings/index.js';
import './styles/base.css';
import './styles/controls.css';

const tryLink = (): void => {
  signInByLink().catch((error: unknown) => showToast(`${strings.shell.linkRefused} ${messageOf(error)}`));
};
tryLink();
// The link may be opened in a tab that shows the page already.
addEventListener('hashchange', tryLink);
render(<App />, document.getElementById('page')!);
