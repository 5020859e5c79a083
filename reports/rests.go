package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// resting refuses a cutover's bundle whose sandbox certificate is not among the
// good ones, by the digest of its recording, and would not pass by itself: no key
// that is trusted signed it, it has expired, or it rests on waivers, which show in
// its own bundle alone.
func (g *Gated) resting(good map[string]time.Time, now time.Time, keys []*Key) {
	if !g.Passes || g.rests == nil {
		return
	}
	s := g.rests
	until, given := good[s.Digest]
	if !given {
		until = s.At.Add(Fresh)
		if why := s.doubt(now, keys); why != "" {
			g.Passes, g.Reason = false, why
			return
		}
	}
	if until.Before(g.Until) {
		g.Until = until
	}
}

// doubt is why a sandbox certificate does not count that only the cutover saw;
// "": it counts.
func (s *Sandbox) doubt(now time.Time, keys []*Key) string {
	const mend = "give the bundle of that run, signed, to golive gate beside it"
	signed := slices.ContainsFunc(keys, func(k *Key) bool { return k.ID == s.KeyID })
	switch {
	case s.Run == "":
		return "it rests on no certificate of the sandbox; run golive cutover again"
	case s.KeyID == "":
		return fmt.Sprintf("it rests on the sandbox certificate of run %s, which nobody signed; %s", s.Run, mend)
	case !signed:
		return fmt.Sprintf("it rests on the sandbox certificate of run %s, signed by another key, %s, of %q; %s", s.Run, brief(s.KeyID), s.Signer, mend)
	case now.Sub(s.At) > Fresh:
		return fmt.Sprintf("it rests on the sandbox certificate of run %s, which has expired: the run began on %s; run golive certify and golive cutover again",
			s.Run, s.At.Format(time.DateOnly))
	case len(s.Waived) > 0:
		return fmt.Sprintf("it rests on the sandbox certificate of run %s, with %s waived; %s", s.Run, strings.Join(s.Waived, ", "), mend)
	}
	return ""
}
