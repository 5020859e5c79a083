package recording

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HAR is what ReadHAR made of a HAR file.
type HAR struct {
	*Recording
	Creator string // what wrote the file, by its own word, scrubbed
	Skipped int    // entries for other hosts, and such as nothing was sent for
}

// ReadHAR reads the exchanges with Anton out of a HAR file: those with a host
// that anton says is one of Anton's. Browsers, Charles and mitmproxy write such
// files. They are scrubbed on the way in, with a key made from the file: equal
// files give equal fingerprints, and nobody finds the key without the file. The
// recording has no marks but a fault that golive noted itself, no handshakes
// and no deliveries of others; it ends as Imported, and certifies nothing. The
// error says where the file is no HAR.
func ReadHAR(text []byte, anton func(host string) bool) (*HAR, error) {
	var file struct {
		Log *struct {
			Creator harCreator        `json:"creator"`
			Entries []json.RawMessage `json:"entries"`
			Run     json.RawMessage   `json:"_golive"`
		} `json:"log"`
	}
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), &file); err != nil {
		return nil, fmt.Errorf("HAR: %w", err)
	}
	if file.Log == nil || file.Log.Entries == nil {
		return nil, errors.New("HAR: no log.entries in it")
	}
	in := &importer{scrub: scrubOf(text), anton: anton, parser: parser{words: map[string]string{}}}
	in.scrub.again = file.Log.Run != nil
	h := &HAR{Recording: &Recording{Close: &Close{Reason: Imported}}, Creator: in.scrub.Text(clip(file.Log.Creator.Name + " " + file.Log.Creator.Version))}
	for n, raw := range file.Log.Entries {
		x, err := in.entry(raw)
		if err != nil {
			return nil, fmt.Errorf("HAR: log.entries[%d]: %w", n, err)
		}
		if x == nil {
			h.Skipped++
			continue
		}
		h.Exchanges = append(h.Exchanges, x)
	}
	h.Sort()
	h.Open = Open{Version: Version, Route: RouteHAR}
	for n, x := range h.Exchanges {
		x.ID = "x" + strconv.Itoa(n+1)
		h.Open.At, h.Open.Upstream = h.Exchanges[0].Start, x.Request.Host
	}
	return h, nil
}

// scrubOf is a scrub whose key is made from a text.
func scrubOf(text []byte) *Scrub {
	s := NewScrub()
	s.values = sha256.Sum256(append([]byte("golive values\x00"), text...))
	s.bodies = sha256.Sum256(append([]byte("golive bodies\x00"), text...))
	return s
}

func clip(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60])
	}
	return text
}

// importer turns the entries of one file into exchanges.
type importer struct {
	scrub  *Scrub
	anton  func(host string) bool
	parser parser
}

// entry is one exchange with Anton, scrubbed; nil for any other entry.
func (in *importer) entry(raw []byte) (*Exchange, error) {
	var peek struct {
		Request struct {
			URL string `json:"url"`
		} `json:"request"`
		Delivery  json.RawMessage `json:"_delivery"`
		FromCache any             `json:"_fromCache"`
	}
	if err := json.Unmarshal(raw, &peek); err != nil {
		return nil, err
	}
	at, err := url.Parse(peek.Request.URL)
	if err != nil || at.Scheme != "https" && at.Scheme != "http" || !in.anton(at.Hostname()) || peek.FromCache != nil || peek.Delivery != nil {
		return nil, nil
	}
	var e harEntry
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	x, err := e.exchange(at)
	if err != nil {
		return nil, err
	}
	return in.scrubbed(x)
}

// scrubbed takes an exchange through the same spelling as every recording.
func (in *importer) scrubbed(x *Exchange) (*Exchange, error) {
	for _, text := range []*string{&x.Conn, &x.Operation, (*string)(&x.Exercise), &x.Request.Method, &x.Request.Proto} {
		*text = in.scrub.Text(*text) // of golive's own making elsewhere
	}
	if x.Fault != nil {
		x.Fault.Kind = FaultKind(in.scrub.Text(clip(string(x.Fault.Kind))))
	}
	l := &line{v: in.scrub.take()}
	defer in.scrub.give(l.v)
	if err := l.encode(&Event{Exchange: x}); err != nil {
		return nil, err
	}
	text := append([]byte(`{"n":1,`), l.buf...)
	e, ok := in.parser.event(text)
	if !ok {
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, err
		}
	}
	return e.Exchange, nil
}

func (e *harEntry) exchange(at *url.URL) (*Exchange, error) {
	start, err := time.Parse(time.RFC3339Nano, e.Started)
	if err != nil {
		if start, err = time.Parse("2006-01-02T15:04:05.999999999Z0700", e.Started); err != nil {
			return nil, fmt.Errorf("startedDateTime %q: want ISO 8601", clip(e.Started))
		}
	}
	x := &Exchange{
		ID: "x0", Conn: clip(e.Connection), Operation: clip(e.Operation), Exercise: Exercise(clip(string(e.Exercise))),
		Start: start.UTC(), Error: clip(e.Error), Fault: e.Fault, Sends: e.Sends,
		Request: Request{
			Method: clip(e.Request.Method), Scheme: at.Scheme, Host: at.Host, Path: at.EscapedPath(), Query: at.RawQuery,
			Proto: clip(e.Request.Version), Header: e.Request.headers(), Body: e.Request.body(),
		},
		Response: e.Response.answer(),
	}
	if x.Response == nil && x.Error == "" {
		x.Error = "no answer: " + clip(e.Response.Error+" "+e.Response.StatusText)
	}
	if e.Upstream != nil {
		x.Upstream = e.Upstream.answer()
	}
	t := e.Timings
	x.FirstByte = x.Start.Add(spell(t.Blocked) + spell(t.DNS) + spell(t.Connect) + spell(t.Send) + spell(t.Wait))
	x.End = x.Start.Add(spell(harMS(e.Time)))
	if x.End.Before(x.FirstByte) {
		x.End = x.FirstByte.Add(spell(t.Receive))
	}
	return x, nil
}

// spell is a time of a HAR, 0 to a day.
func spell(ms harMS) time.Duration {
	if !(ms > 0) {
		return 0
	}
	return time.Duration(min(float64(ms), 24*60*60*1000) * float64(time.Millisecond))
}

// headers are a HAR's headers by canonical name, HTTP/2's pseudo-headers left
// out. A body's coding is undone in a HAR, so Content-Encoding is left out too.
func headers(list []harPair) map[string][]string {
	h := map[string][]string{}
	for _, p := range list {
		name := textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(p.Name))
		if name == "" || strings.HasPrefix(name, ":") || name == "Content-Encoding" {
			continue
		}
		h[name] = append(h[name], p.Value)
	}
	return h
}

// headers of a request; what browsers show as the body's type alone is one.
func (r *harRequest) headers() map[string][]string {
	h := headers(r.Headers)
	if r.PostData != nil && r.PostData.Mime != "" && h["Content-Type"] == nil {
		h["Content-Type"] = []string{r.PostData.Mime}
	}
	return h
}

// body is what a request carried. A body that the file tells the size of and
// does not hold is cut.
func (r *harRequest) body() Body {
	p := r.PostData
	if p == nil {
		return Body{Size: max(0, r.BodySize), Cut: r.BodySize > 0}
	}
	text := p.Text
	if text == "" && len(p.Params) > 0 {
		form := url.Values{}
		for _, pair := range p.Params {
			form.Add(pair.Name, pair.Value)
		}
		text = form.Encode()
	}
	b := harBody(text, p.Encoding)
	b.Cut = b.Cut || p.Cut || len(b.Base64) == 0 && r.BodySize > 0
	return b
}

// answer is nil where there was none.
func (r *harResponse) answer() *Response {
	if r.Status <= 0 {
		return nil
	}
	b := harBody(r.Content.Text, r.Content.Encoding)
	b.Cut = b.Cut || r.Content.Cut || len(b.Base64) == 0 && (r.Content.Size > 0 || r.BodySize > 0)
	h := headers(r.Headers)
	if r.Content.Mime != "" && h["Content-Type"] == nil {
		h["Content-Type"] = []string{r.Content.Mime}
	}
	return &Response{Status: r.Status, Header: h, Body: b}
}

func harBody(text, encoding string) Body {
	b := Body{Base64: []byte(text)}
	if strings.EqualFold(encoding, "base64") {
		raw, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
		b = Body{Base64: raw, Cut: err != nil}
	}
	b.Size = int64(len(b.Base64))
	if len(b.Base64) > MaxBody {
		b.Base64, b.Cut = slices.Clip(b.Base64[:MaxBody]), true
	}
	return b
}
