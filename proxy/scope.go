package proxy

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// scope tells to which operation a request belongs.
type scope struct {
	mu      sync.Mutex
	needles needles
	known   map[string]*operation
	other   recording.Exercise // of requests that belong to none
	sole    *operation         // of mutations that belong to none; nil: nobody's
}

// operation is what the proxy sees of one operation.
type operation struct {
	name     string
	exercise recording.Exercise
	activity Activity
	ends     map[string]time.Time // end of the last attempt at each route
}

// Activity is what an operation has done and is doing.
type Activity struct {
	Open      int           // requests in flight, reads included
	Mutations int           // requests that create or modify, so far
	LastEnd   time.Time     // end of the last mutation; zero: none ended
	LastDelay time.Duration // from the end of a mutation to the next one at the same route, the last such gap
	Attempts  int           // requests so far, reads included
	Payouts   int           // requests that create a payout, so far
}

// Rank of what a request carries: the operation's own reference says more than
// other data of it, and both more than an id that Anton gave.
const (
	rankID = iota
	rankPayout
	rankDatum
	rankReference
)

// Adopt makes requests belong to an operation that carry its name or one of the
// canaries (a reference, an account number, an e-mail address) in path, query,
// Idempotency-Key or body, or an id that Anton gave to it. The highest rank
// wins, then the longest, then the latest. Canaries of fewer than four
// characters are ignored.
func (p *Proxy) Adopt(name string, exercise recording.Exercise, canaries ...string) {
	s := &p.scope
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]*operation{}
	}
	o := s.known[name]
	if o == nil {
		o = &operation{name: name, ends: map[string]time.Time{}}
		s.known[name] = o
	}
	o.exercise = exercise
	for _, c := range canaries {
		s.needles.add(c, o, rankDatum)
	}
	s.needles.add(name, o, rankReference)
}

// During names the exercise of requests that belong to no operation; "": none.
func (p *Proxy) During(exercise recording.Exercise) {
	p.scope.mu.Lock()
	defer p.scope.mu.Unlock()
	p.scope.other = exercise
}

// Sole makes mutations that carry nothing of any operation, or nothing but a
// payee that another one paid, belong to this one: it is the only one under way.
// "": to none.
func (p *Proxy) Sole(name string) {
	p.scope.mu.Lock()
	defer p.scope.mu.Unlock()
	p.scope.sole = p.scope.known[name]
}

// Owner is the operation that a payout belongs to, by Anton's id; "": none known.
func (p *Proxy) Owner(payout string) string {
	p.scope.mu.Lock()
	defer p.scope.mu.Unlock()
	if n := p.scope.needles.all[payout]; n != nil && n.rank == rankPayout {
		return n.owner.name
	}
	return ""
}

// Activity is what an operation has done so far; the zero value when it is not
// known.
func (p *Proxy) Activity(name string) Activity {
	p.scope.mu.Lock()
	defer p.scope.mu.Unlock()
	o := p.scope.known[name]
	if o == nil {
		return Activity{}
	}
	return o.activity
}

// assign finds the owner of a request that was read.
func (s *scope) assign(x *exchange) {
	q := &x.record.Request
	body := x.sent.bytes()
	var decoded string
	if strings.ContainsAny(q.Path+q.Query, "%+") {
		decoded = unescape(q.Path) + "?" + unescape(q.Query)
	}
	var form string
	if kind := q.Header["Content-Type"]; len(kind) > 0 && strings.HasPrefix(kind[0], "application/x-www-form-urlencoded") {
		form = unescape(string(body))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	best := search(&s.needles, body, nil)
	for _, text := range q.Header["Idempotency-Key"] {
		best = search(&s.needles, text, best)
	}
	for _, text := range []string{q.Path, q.Query, decoded, form} {
		best = search(&s.needles, text, best)
	}
	switch {
	case s.sole != nil && x.change && (best == nil || best.rank == rankID):
		x.owner = s.sole
	case best == nil:
		x.record.Exercise = s.other
		return
	default:
		x.owner = best.owner
	}
	x.record.Operation, x.record.Exercise = x.owner.name, x.owner.exercise
	s.start(x)
}

func unescape(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil {
		return ""
	}
	return plain
}

func (s *scope) start(x *exchange) {
	a := &x.owner.activity
	a.Open++
	a.Attempts++
	if !x.change {
		return
	}
	a.Mutations++
	if x.route.Name == anton.PayoutCreate {
		a.Payouts++
	}
	if end, again := x.owner.ends[x.routeName()]; again {
		a.LastDelay = x.record.Start.Sub(end)
	}
}

func (x *exchange) routeName() string {
	if x.route.Name != "" {
		return x.route.Name
	}
	return x.record.Request.Method + " " + x.record.Request.Path
}

// note takes in what a finished exchange says: when it ended, and which ids
// Anton gave.
func (s *scope) note(x *exchange) {
	if x.owner == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.change {
		x.owner.activity.LastEnd = x.record.End
		x.owner.ends[x.routeName()] = x.record.End
	}
	s.learn(x)
}

// release ends the exchange's part in its operation's activity.
func (s *scope) release(x *exchange) {
	if x.owner == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x.owner.activity.Open--
}

// learn takes the ids out of an answer about a single object.
func (s *scope) learn(x *exchange) {
	from := x.record.Response
	if x.record.Upstream != nil {
		from = x.record.Upstream
	}
	if from == nil || from.Status/100 != 2 || x.record.Fault != nil && x.record.Upstream == nil {
		return
	}
	if x.route.List || !x.route.Mutation && !strings.Contains(x.route.Pattern, "{") {
		return
	}
	body := from.Body.Bytes()
	if len(from.Header["Content-Encoding"]) > 0 {
		body = unpacked(body)
	}
	prefix := x.p.profile.Prefix
	for _, id := range identifiers(body, prefix.Person, prefix.Instrument) {
		s.needles.add(id, x.owner, rankID)
	}
	for _, id := range identifiers(body, prefix.Payout) {
		s.needles.add(id, x.owner, rankPayout)
	}
}

// unpacked is a gzip body, up to MaxBody; empty for any other encoding.
func unpacked(body []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	plain, _ := io.ReadAll(io.LimitReader(z, recording.MaxBody))
	return plain
}
