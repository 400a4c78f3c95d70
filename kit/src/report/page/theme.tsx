import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';

type Theme = 'light' | 'dark';
const storageKey = 'om-ops:theme';

function remembered(): Theme | null {
  const theme = document.documentElement.dataset.theme;
  return theme === 'light' || theme === 'dark' ? theme : null;
}

function choose(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(storageKey, theme);
  } catch {
    // Storage is closed to some pages opened from disk: the choice then lasts as long as the page.
  }
}

/** Dark or light: the system's wish until the reader chooses. */
export function ThemeSwitch() {
  const wish = matchMedia('(prefers-color-scheme: dark)');
  const [theme, setTheme] = useState<Theme>(
    () => remembered() ?? (wish.matches ? 'dark' : 'light'),
  );
  useEffect(() => {
    const follow = () => {
      if (!remembered()) setTheme(wish.matches ? 'dark' : 'light');
    };
    wish.addEventListener('change', follow);
    return () => wish.removeEventListener('change', follow);
  }, []);
  return (
    <button
      type="button"
      class="icon-button theme-switch"
      aria-pressed={theme === 'dark'}
      aria-label="Dark theme"
      title={theme === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
      onClick={() => {
        const next = theme === 'dark' ? 'light' : 'dark';
        choose(next);
        setTheme(next);
      }}
    >
      <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
    </button>
  );
}
