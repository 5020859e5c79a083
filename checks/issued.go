package checks

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// issued is an id that Anton gave out.
type issued struct {
	at     time.Time // when the first answer with it ended
	payees []string  // of an instrument: whose it is, as far as answers told
}

// findIssued finds the ids of payees and instruments in the 2xx answers that the
// app got.
func (e *Evidence) findIssued() map[string]*issued {
	found := map[string]*issued{}
	p := e.Profile.Prefix
	for _, x := range e.Exchanges {
		route := e.Route(x)
		people, instruments := strings.HasPrefix(route, "person-"), strings.HasPrefix(route, "instrument-")
		if !people && !instruments || !success(x.Status()) || distrusted(x) {
			continue
		}
		body := string(x.Response.Body.Bytes())
		for _, id := range append(idsIn(body, p.Person), idsIn(body, p.Instrument)...) {
			if was := found[id]; was == nil {
				found[id] = &issued{at: x.End}
			} else if x.End.Before(was.at) {
				was.at = x.End
			}
		}
		for instrument, payee := range e.ownership(x) {
			if of := found[instrument]; of != nil && !slices.Contains(of.payees, payee) {
				of.payees = append(of.payees, payee)
			}
		}
	}
	return found
}

// idsIn are the ids with a prefix that a text holds, in order.
func idsIn(text, prefix string) []string {
	var ids []string
	for {
		i := strings.Index(text, prefix)
		if i < 0 {
			return ids
		}
		text = text[i:]
		n := strings.IndexFunc(text, func(r rune) bool { return !idRune(r) })
		if n < 0 {
			n = len(text)
		}
		if n > len(prefix) {
			ids = append(ids, text[:n])
		}
		text = text[n:]
	}
}

func idRune(r rune) bool {
	return r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// ownership is whose the instruments of an answer are: the payee in the path,
// or the one named beside the instrument.
func (e *Evidence) ownership(x *recording.Exchange) map[string]string {
	owner := map[string]string{}
	if within, ok := strings.CutPrefix(x.Request.Path, e.Profile.Collection()+"/"); ok {
		payee, rest, _ := strings.Cut(within, "/")
		if rest != "instruments" {
			return owner
		}
		for _, id := range idsIn(string(x.Response.Body.Bytes()), e.Profile.Prefix.Instrument) {
			owner[id] = payee
		}
		return owner
	}
	for _, raw := range append(listed(x.Response), e.single(x.Response)) {
		var m map[string]json.RawMessage
		if json.Unmarshal(raw, &m) != nil {
			continue
		}
		if id, payee := text(m, "id"), text(m, e.Profile.PersonField); id != "" && payee != "" {
			owner[id] = payee
		}
	}
	return owner
}

// standing reports whether a payee or instrument from before the run may stand
// behind a payout: in front of a real Anton, when it was accepted or was never
// judged there.
func (e *Evidence) standing(x *recording.Exchange) bool {
	if e.Open.Upstream == "embedded" || e.Open.Upstream == "" {
		return false
	}
	return x.Fault != nil || success(x.Status())
}

// payeesMade are the payees that operations made anew between two moments: by a
// request of theirs, or by one that tells nothing of an operation and whose payee
// a payout of theirs names.
func (e *Evidence) payeesMade(from, to time.Time, operations ...string) []*recording.Exchange {
	var paid []string
	for _, o := range e.requested().orders {
		if slices.Contains(operations, o.Operation) && o.payee != "" {
			paid = append(paid, o.payee)
		}
	}
	var found []*recording.Exchange
	for _, x := range e.Calls(anton.PersonCreate) {
		theirs := slices.Contains(operations, x.Operation) || x.Operation == "" && e.gives(x, paid)
		if theirs && !x.Start.Before(from) && x.Start.Before(to) {
			found = append(found, x)
		}
	}
	return found
}

// gives reports whether an answer holds one of the ids of payees.
func (e *Evidence) gives(x *recording.Exchange, ids []string) bool {
	return x.Response != nil && slices.ContainsFunc(idsIn(string(x.Response.Body.Bytes()), e.Profile.Prefix.Person), func(id string) bool {
		return slices.Contains(ids, id)
	})
}
