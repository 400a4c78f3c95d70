import { useEffect, useState } from 'preact/hooks';

const narrow = '(width < 46rem)';

/** True where there is no room beside each other; the same width as in the styles. */
export function useNarrow(): boolean {
  const [is, setIs] = useState(() => matchMedia(narrow).matches);
  useEffect(() => {
    const media = matchMedia(narrow);
    const read = () => setIs(media.matches);
    read();
    media.addEventListener('change', read);
    return () => media.removeEventListener('change', read);
  }, []);
  return is;
}
