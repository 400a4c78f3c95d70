/**
 * Words that comments of configuration files are made of. A password may be one of them and is then no
 * better than none; whatever else stands beside a word such as `password` is taken for one.
 */
const words: ReadonlySet<string> = new Set(
  `a about above access account accounts across action active actual actually add added address addresses admin
  after again against agent all allow allowed allows already also alternative always an and another any anything
  apache api app application applications apps are as asset assets at auth authentication authorization
  automatically autorestart available back backend backup backups balancer base base64 based basic be bearer
  because been before behind being below between block blocks body both browser buffer buffers bug build built but
  by bytes cache cached calls can cannot cert certbot certificate certificates change changed changes char
  character characters chars check checks class client clients cluster code command commands comment common
  compression config configuration configure configured connect connection connections console contact container
  content control cookie cookies copy core correct could cpu crash crashes create created credentials cron cross
  current currently custom daemon daily data database databases date db debug default defaults define defined
  delay delete deny deploy deployed deployment dev developer developers development device different digits
  directives directory disable disabled do docker docs documentation does domain domains don't done down each edit
  either else email empty enable enabled encryption end endpoint endpoints ensure entry env environment
  environments error errors etc even every everyone everything example examples except expire expired expires
  external fail failed fails fallback false fast fastcgi feature file files first fix flag folder follow following
  for force forward fork found free from front frontend full functions gateway generate generated get git give
  given gives global goes group gzip hand handle handled has hash hashed hashing have header headers health here
  hex hidden home host hosts hour hours how html http https if ignore image images important in include included
  incoming info inside instance instances instead interface internal into is issue issued it its itself javascript
  job jobs json just jwt keep keeps keepalive key keys kill known language last later latest least leave length
  let letters level like limit limited limits line lines link linux list listen listening live load local locally
  location log logging login logs long longer machine mail main make makes managed manually many match max maximum
  may me means memory message messages min minimum minute minutes mode model modern modules month more most mount
  move moved much must my mysql name named names necessary need needed needs network never new next nginx no node
  not note nothing notice now number numbers of off offline often old older on once one only open openssl option
  optional options or order origin other others otherwise our out output over override own owner page pages panel
  parameter parent part pass passed passes passing password passwords path paths per period permission permissions php plain
  please plugin port ports postgres prefix prevent previous private process processes prod production profile
  project protect protected protocol provide provided provider proxied proxies proxy public purpose push query rand
  random rate read reads real really reboot received redirect redirected redis reload reloads remember remote
  remove removed replace replaced request requests require required requires reset response responses rest restart
  restarted restarts restrict retry return returned returns reverse review role root rotate rotated route router
  routes rule rules run running runs same save schema script scripts second seconds secret secrets section secure
  security see select send sent separate serve served server servers serves service services serving session
  sessions set sets setting settings setup several shared shell short should show sign signed signing simple since
  single site sites size slow small smtp so socket some something source special specific sql ssh ssl stack
  staging start started starts startup state static status still stop stopped storage store stored string strong
  style support sure switch system systemd table take team temporarily temporary terminate test tested testing
  tests than that the their them then there these they this those through time timeout timeouts times tls to
  todo together token tokens too traffic true turn two type unit unless until unused up update updated updates
  upgrade upload uploads upstream upstreams uri url urls us use used user username users uses using usually value
  values variable variables verify version very via view want warning was watch way we web webhook websocket
  websockets week were what when where whether which while who why will with within without work worker workers
  works would write written year yes yet you your zero zone
  aus beim bitte das dem den der des die ein eine einer für im in ist mit nicht nur oder siehe über und unter vom
  von wird zum zur au avec ce dans de des du en est et la le les ou par pas pour sur un une voir con del el es
  los las para por que se su una y`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** True for a word, with the punctuation around it, that says nothing; for short numbers and addresses too. */
export function isPlainWord(token: string): boolean {
  const bare = token
    .replace(/^[^\p{L}\p{N}]+|(?<=[\p{L}\p{N}])[^\p{L}\p{N}]+$/gu, '')
    .replaceAll('’', "'");
  if (bare === '') return /^(.?)\1*$|^.{0,3}$/s.test(token);
  return (
    words.has(bare.toLowerCase()) ||
    /^(?:\d{1,2}|(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?)$/.test(bare) ||
    /^\/(?:etc|var|srv|opt|usr|run)(?:\/[a-z.][a-z._-]{0,30}){1,8}$/.test(token)
  );
}

/** True for a line of prose that holds none but plain words. */
export function isPlainProse(text: string): boolean {
  return text.split(/\s+/).every(isPlainWord);
}
