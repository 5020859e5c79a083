package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// line is one event on its way to JSON, scrubbed as it goes. The event itself
// is only read. Exchanges and deliveries, nearly all of a recording, are
// written by hand; the rest by encoding/json. Both in one spelling.
type line struct {
	v     *sieve
	buf   []byte // `"exchange":{…}}`: what comes after number and hash
	names []string
	err   error
}

// encode writes the event without number and hash.
func (l *line) encode(e *Event) error {
	l.buf, l.err = l.buf[:0], nil
	switch {
	case kinds(e) != 1:
		return fmt.Errorf("an event must be of exactly one kind, this one is of %d", kinds(e))
	case e.Exchange != nil:
		l.exchange(e.Exchange)
	case e.Delivery != nil:
		l.delivery(e.Delivery)
	default:
		l.other(l.v.clean(e))
	}
	l.buf = append(l.buf, '}')
	return l.err
}

// other takes the member of a scrubbed event over from encoding/json.
func (l *line) other(e Event) {
	e.N, e.Prev = 0, ""
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if l.err = enc.Encode(e); l.err == nil {
		l.buf = append(l.buf, text.Bytes()[len(`{"n":0,`):text.Len()-len("}\n")]...)
	}
}

// kinds is how many kinds an event is of.
func kinds(e *Event) int {
	n := 0
	for _, set := range [...]bool{
		e.Open != nil, e.Exchange != nil, e.Delivery != nil, e.Handshake != nil,
		e.Mark != nil, e.Finding != nil, e.Attestation != nil, e.Certificate != nil, e.Waiver != nil, e.Close != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

func (l *line) exchange(x *Exchange) {
	l.open("exchange")
	l.str("id", x.ID)
	l.opt("conn", x.Conn)
	l.opt("operation", x.Operation)
	l.opt("exercise", string(x.Exercise))
	l.time("start", x.Start)
	if !x.FirstByte.IsZero() {
		l.time("first_byte", x.FirstByte)
	}
	l.time("end", x.End)
	l.request(&x.Request)
	l.response("response", x.Response)
	l.text("error", x.Error)
	if f := x.Fault; f != nil {
		l.open("fault")
		l.str("kind", string(f.Kind))
		l.num("nth", int64(f.Nth))
		l.text("note", f.Note)
		l.close()
	}
	l.response("upstream", x.Upstream)
	l.num("sends", int64(x.Sends))
	l.close()
}

func (l *line) delivery(d *Delivery) {
	l.open("delivery")
	l.str("id", d.ID)
	l.opt("operation", d.Operation)
	l.opt("exercise", string(d.Exercise))
	l.str("variant", string(d.Variant))
	l.str("event_id", d.EventID)
	l.str("event_type", d.EventType)
	l.opt("claims", d.Claims)
	l.opt("payout", d.Payout)
	if !d.CreatedAt.IsZero() {
		l.time("created_at", d.CreatedAt)
	}
	l.time("start", d.Start)
	l.time("end", d.End)
	l.request(&d.Request)
	l.response("response", d.Response)
	l.text("error", d.Error)
	l.close()
}

func (l *line) request(r *Request) {
	l.open("request")
	l.str("method", r.Method)
	l.str("scheme", r.Scheme)
	l.must("host", l.v.string(r.Host))
	l.must("path", l.v.string(r.Path))
	if r.Query != "" {
		l.v.query = append(l.v.query[:0], r.Query...)
		l.must("query", l.v.form(l.v.query))
	}
	l.str("proto", r.Proto)
	l.header(r.Header)
	l.body(r.Header, &r.Body)
	l.close()
}

func (l *line) response(name string, r *Response) {
	if r == nil {
		return
	}
	l.open(name)
	l.key("status")
	l.buf = strconv.AppendInt(l.buf, int64(r.Status), 10)
	l.header(r.Header)
	l.body(r.Header, &r.Body)
	l.close()
}

func (l *line) header(h map[string][]string) {
	if len(h) == 0 {
		return
	}
	l.open("header")
	l.names = slices.AppendSeq(l.names[:0], maps.Keys(h))
	slices.Sort(l.names)
	for _, name := range l.names {
		l.keyed(l.v.string(name))
		if h[name] == nil {
			l.buf = append(l.buf, "null"...)
			continue
		}
		l.buf = append(l.buf, '[')
		for i, value := range h[name] {
			if i > 0 {
				l.buf = append(l.buf, ',')
			}
			l.quoted(l.v.header(name, value))
		}
		l.buf = append(l.buf, ']')
	}
	l.close()
}

// clean is an event of the rarer kinds, scrubbed; the one given stays as it is.
// A certificate's words were scrubbed in their own run; a waiver is signed.
func (v *sieve) clean(e *Event) Event {
	switch {
	case e.Handshake != nil:
		h := *e.Handshake
		h.Host, h.Error = v.copied(h.Host), v.copied(h.Error)
		return Event{Handshake: &h}
	case e.Mark != nil:
		m := *e.Mark
		m.Facts = v.facts(m.Facts)
		return Event{Mark: &m}
	case e.Finding != nil:
		f := *e.Finding
		f.Place, f.Note = v.copied(f.Place), v.copied(f.Note)
		return Event{Finding: &f}
	case e.Attestation != nil:
		a := *e.Attestation // By stays: a named person's statement
		a.Statement, a.Evidence = v.copied(a.Statement), v.copied(a.Evidence)
		return Event{Attestation: &a}
	case e.Open != nil:
		o := *e.Open
		o.App, o.Upstream = v.copied(o.App), v.copied(o.Upstream)
		if p := o.Production; p != nil {
			own := *p
			own.Webhook = v.copied(p.Webhook)
			o.Production = &own
		}
		return Event{Open: &o}
	}
	return *e
}

// facts are a mark's facts, scrubbed by name and text; a fact may be JSON.
func (v *sieve) facts(given map[string]string) map[string]string {
	if given == nil {
		return nil
	}
	all := make(map[string]string, len(given))
	for name, text := range given {
		v.query = append(v.query[:0], text...)
		if out, changed := v.inner(v.class([]byte(name)), v.query); changed {
			text = string(out)
		}
		all[name] = text
	}
	return all
}

// copied is a text, scrubbed.
func (v *sieve) copied(text string) string { return string(v.string(text)) }
