package live

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// most is how many pages of a list are read.
const most = 100

// Cutover is a look at production before the first payout.
type Cutover struct {
	Target
	Profile     *anton.Profile
	Open        recording.Open // Production set, its Key apart; Run, At and Upstream are filled in
	Searched    Searched       // production's configuration
	Certificate *recording.Certificate
	Attested    []recording.Attestation
	Waivers     []recording.Waiver
	Used        []byte    // golive.yaml as used, kept beside the recording
	Dir         string    // folder of all runs
	Narrate     io.Writer // progress; nil: none
}

// Result is what a look leaves.
type Result struct {
	Recording   string // its path
	Interrupted bool   // the context ended before all was looked at
}

// cutover is one under way.
type cutover struct {
	*Cutover
	writer *recording.Writer
	line   *line
	hooks  *receivers
}

// Run looks, and records what it sees. A key that is no live key is not sent.
func (c *Cutover) Run(ctx context.Context) (Result, error) {
	scrub := recording.NewScrub()
	kind := Kind(c.Key)
	scrub.Know(kind, c.Key)
	o := c.Open
	o.Run, o.Upstream = "CU"+rand.Text()[:6], c.URL.Host
	asked := *o.Production
	asked.Key = scrub.Fingerprint(kind, c.Key)
	o.Production = &asked
	folder := filepath.Join(c.Dir, o.Run)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return Result{}, fmt.Errorf("run folder: %w", err)
	}
	result := Result{Recording: filepath.Join(folder, "recording.jsonl")}
	w, err := recording.Create(result.Recording, scrub, o)
	if err != nil {
		return Result{}, err
	}
	r := &cutover{Cutover: c, writer: w, line: newLine(c.Target), hooks: &receivers{c.Roots, c.Agent, w.Now}}
	r.line.say = r.say
	r.line.now, r.line.id = w.Now, w.ID
	r.line.keep = r.keep
	err = r.given()
	if err == nil && kind == recording.KindLiveKey {
		err = errors.Join(r.production(ctx), r.vouched())
	}
	result.Interrupted = ctx.Err() != nil
	end := "finished"
	if result.Interrupted {
		end = "interrupted"
		err = nil
	}
	kept := os.WriteFile(filepath.Join(folder, "golive.yaml"), []byte(scrub.Text(string(c.Used))), 0o600)
	return result, errors.Join(err, w.Close(end), kept)
}

// keep records an exchange. Of a payee that is real what is told of it is left out:
// that it exists is all that bears on a verdict.
func (c *cutover) keep(x *recording.Exchange) error {
	if x.Status()/100 == 2 && slices.Contains(c.Open.Production.Payees, path.Base(x.Request.Path)) {
		x.Response.Body = recording.Body{Cut: true}
	}
	return c.writer.Append(recording.Event{Exchange: x})
}

func (c *cutover) say(format string, args ...any) {
	if c.Narrate != nil {
		fmt.Fprintf(c.Narrate, format+"\n", args...)
	}
}

// given records what did not have to be asked for.
func (c *cutover) given() error {
	events := []recording.Event{{Certificate: c.Certificate}}
	for _, a := range c.Attested {
		events = append(events, recording.Event{Attestation: &a})
	}
	for _, w := range c.Waivers {
		events = append(events, recording.Event{Waiver: &w})
	}
	for _, f := range c.Searched.Findings {
		events = append(events, recording.Event{Finding: &f})
	}
	marks := c.Searched.Files
	if host := c.Open.Production.Host; c.URL.Host != host {
		text := fmt.Sprintf("a rehearsal: %s was looked at in place of %s", c.URL.Host, host)
		marks = append(marks, recording.Mark{Kind: recording.MarkNote, Facts: map[string]string{"text": text}})
	}
	for _, m := range marks {
		m.ID = c.writer.ID("pm")
		if m.At.IsZero() {
			m.At = c.writer.Now()
		}
		events = append(events, recording.Event{Mark: &m})
	}
	for _, e := range events {
		if err := c.writer.Append(e); err != nil {
			return err
		}
	}
	return nil
}

// production asks Anton; where the key is refused nothing more is asked.
func (c *cutover) production(ctx context.Context) error {
	c.say("looking at %s, GET alone", c.URL.Host)
	x, err := c.line.get(ctx, c.Profile.Named(anton.BalanceList).Pattern, nil)
	if err != nil || x.Status()/100 != 2 {
		return err
	}
	if _, err := c.line.all(ctx, c.Profile.Named("corridor-list").Pattern, nil, most); err != nil {
		return err
	}
	for _, id := range c.Open.Production.Payees {
		if err := c.lookUp(ctx, id); err != nil {
			return err
		}
	}
	hooks, err := c.line.all(ctx, c.Profile.Named(anton.SubscriptionList).Pattern, nil, most)
	if err != nil {
		return err
	}
	return c.receivers(ctx, hooks)
}

// vouched notes whose word it is that it was Anton's host: who reads the report
// knows the authorities of the public Internet.
func (c *cutover) vouched() error {
	if c.line.root == "" {
		return nil
	}
	text := fmt.Sprintf("%s showed a certificate that goes back to %s", c.URL.Host, c.line.root)
	return c.writer.Mark(recording.Mark{ID: c.writer.ID("pm"), Kind: recording.MarkNote, Facts: map[string]string{"text": text}})
}

// lookUp asks for a payee or an instrument, by its id.
func (c *cutover) lookUp(ctx context.Context, id string) error {
	collection := ""
	switch p := c.Profile.Prefix; {
	case anton.IsID(id, p.Person):
		collection = c.Profile.Collection()
	case anton.IsID(id, p.Instrument):
		collection = "/v1/instruments"
	default:
		return nil // nothing of Anton's; the check says so
	}
	_, err := c.line.get(ctx, collection+"/"+id, nil)
	return err
}

// receivers looks at the hosts of the active webhooks, and probes one.
func (c *cutover) receivers(ctx context.Context, hooks []*recording.Exchange) error {
	var fit []*url.URL
	seen := map[string]bool{}
	for _, x := range hooks {
		for _, o := range entries(x) {
			at, err := url.Parse(member(o, "url"))
			if err != nil || at.Scheme != "https" || at.Hostname() == "" || member(o, "status") != "active" || seen[member(o, "url")] {
				continue
			}
			seen[member(o, "url")] = true
			at.Host = ascii(at.Host)
			c.say("TLS handshake with %s", at.Host)
			facts := c.hooks.look(ctx, at)
			facts["url"], facts["subscription"] = member(o, "url"), member(o, "id")
			if facts["version"] != "" {
				fit = append(fit, at)
			}
			if err := c.writer.Mark(recording.Mark{ID: c.writer.ID("pm"), Kind: recording.MarkReceiver, Facts: facts}); err != nil {
				return err
			}
		}
	}
	if !c.Open.Production.Probe || len(fit) == 0 {
		return ctx.Err()
	}
	return c.probe(ctx, fit)
}

// ascii is a host as the wire has it, xn--bcher-kva for bücher; a port stays.
func ascii(host string) string {
	name, port, found := strings.Cut(host, ":")
	plain, err := idna.Lookup.ToASCII(name)
	if err != nil || strings.Contains(port, ":") {
		return host
	}
	if found {
		plain += ":" + port
	}
	return plain
}

// probe sends the one unsigned POST: to the webhook that golive.yaml declares,
// else to the first.
func (c *cutover) probe(ctx context.Context, fit []*url.URL) error {
	at := fit[0]
	wanted, err := url.Parse(c.Open.Production.Webhook)
	for _, u := range fit {
		if err == nil && u.Host == ascii(wanted.Host) && u.RequestURI() == wanted.RequestURI() {
			at = u
		}
	}
	c.say("one unsigned POST to %s", at.Host)
	d := c.hooks.probe(ctx, at)
	d.ID = c.writer.ID("pd")
	return c.writer.Append(recording.Event{Delivery: d})
}
