// The frame: header, navigation, and the view that the address names.
import { useEffect, useState } from 'preact/hooks';
import { Loading } from './components/loading.js';
import { ProblemNote } from './components/problem.js';
import { SignInForm } from './components/signInForm.js';
import { Toasts } from './components/toasts.js';
import { hrefOf, path } from './router.js';
import { apiKey, signOut } from './session.js';
import { strings } from './strings/index.js';
import { isView, views, type View, type ViewName } from './views.js';

const texts = strings.shell;

export function App() {
  const [name = 'try', ...rest] = path.value;
  // On a phone the row of views is longer than the window.
  useEffect(
    () => document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }),
    [name],
  );
  return (
    <>
      <a class="skip" href="#content" onClick={focusContent}>
        {texts.skip}
      </a>
      <header class="top">
        <a class="brand" href={hrefOf('try')}>
          <img src="./icon.svg" alt="" width="28" height="28" />
          {texts.name}
        </a>
        <nav aria-label={texts.navigation}>
          {(Object.keys(views) as ViewName[]).map((view) => (
            <a key={view} href={hrefOf(view)} aria-current={view === name ? 'page' : undefined}>
              {texts.views[view]}
            </a>
          ))}
        </nav>
        {apiKey.value !== undefined && (
          <button type="button" class="plain" onClick={signOut}>
            {texts.signOut}
          </button>
        )}
      </header>
      <main id="content" tabindex={-1}>
        {isView(name) ? <Current key={name} name={name} rest={rest} /> : <p>{texts.notFound}</p>}
      </main>
      <Toasts />
    </>
  );
}

/** The address of the page is its view: the link to the content must not change it. */
function focusContent(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

function Current({ name, rest }: { name: ViewName; rest: readonly string[] }) {
  const [view, setView] = useState<{ readonly component: View }>();
  const [error, setError] = useState<unknown>();
  const title = texts.views[name];
  useEffect(() => {
    document.title = `${title} · ${texts.name}`;
    views[name].load().then((loaded) => setView({ component: loaded.default }), setError);
  }, [name]);
  if (error !== undefined) return <ProblemNote error={error} />;
  if (views[name].needsKey && apiKey.value === undefined) return <SignInForm />;
  if (view === undefined) return <Loading />;
  return <view.component rest={rest} />;
}
