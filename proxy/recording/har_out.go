package recording

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// WriteHAR writes exchanges and deliveries in the order in which they began, as
// HAR 1.2: all that they hold is scrubbed already. The same recording gives the
// same bytes.
func WriteHAR(w io.Writer, r *Recording) error {
	log := harLog{
		Version: "1.2", Creator: harCreator{"golive", r.Open.Tool}, Pages: []struct{}{}, Entries: []harEntry{},
		Comment: "secrets and personal data are replaced by kind:fingerprint", Run: &harRun{Open: r.Open},
	}
	if r.Close != nil {
		log.Run.Ended = r.Close.Reason
	}
	for _, x := range r.Exchanges {
		log.Entries = append(log.Entries, exchangeHAR(x))
	}
	for _, d := range r.Deliveries {
		log.Entries = append(log.Entries, deliveryHAR(d))
	}
	slices.SortStableFunc(log.Entries, func(a, b harEntry) int { return strings.Compare(a.Started, b.Started) })
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(struct {
		Log harLog `json:"log"`
	}{log})
}

func exchangeHAR(x *Exchange) harEntry {
	e := harEntry{
		Started: harTime(x.Start), Request: requestHAR(&x.Request), Response: responseHAR(x.Response, x.Request.Proto),
		Connection: x.Conn, ID: x.ID, Operation: x.Operation, Exercise: x.Exercise, Fault: x.Fault, Sends: x.Sends, Error: x.Error,
	}
	if x.Upstream != nil {
		u := responseHAR(x.Upstream, x.Request.Proto)
		e.Upstream = &u
	}
	if x.Fault != nil {
		e.Comment = strings.TrimSpace("golive interfered: " + string(x.Fault.Kind) + " " + x.Fault.Note)
	}
	e.clock(x.Start, x.FirstByte, x.End)
	return e
}

func deliveryHAR(d *Delivery) harEntry {
	e := harEntry{
		Started: harTime(d.Start), Request: requestHAR(&d.Request), Response: responseHAR(d.Response, d.Request.Proto),
		Comment: "webhook delivery to the app, " + string(d.Variant),
		ID:      d.ID, Operation: d.Operation, Exercise: d.Exercise, Error: d.Error,
		Delivery: &harDelivery{Variant: d.Variant, EventID: d.EventID, EventType: d.EventType, Claims: d.Claims, Payout: d.Payout},
	}
	e.clock(d.Start, time.Time{}, d.End)
	return e
}

// clock sets the times: waiting until the first byte, receiving until the end.
func (e *harEntry) clock(start, first, end time.Time) {
	if first.IsZero() || first.After(end) {
		first = end
	}
	wait, receive := max(0, first.Sub(start).Microseconds()), max(0, end.Sub(first).Microseconds())
	e.Timings = harTimings{-1, -1, -1, -1, 0, harMS(float64(wait) / 1000), harMS(float64(receive) / 1000)}
	e.Time = float64(wait+receive) / 1000
}

// harTime has six decimals, so that its order as text is its order in time.
func harTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func requestHAR(r *Request) harRequest {
	h := harRequest{
		Method: r.Method, URL: r.Scheme + "://" + r.Host + r.Path, Version: r.Proto,
		Cookies: []harPair{}, Headers: pairs(r.Header), Query: []harPair{}, HeadersSize: -1, BodySize: r.Body.Size,
	}
	if r.Query != "" {
		h.URL += "?" + r.Query
		for part := range strings.SplitSeq(r.Query, "&") {
			name, value, _ := strings.Cut(part, "=")
			h.Query = append(h.Query, harPair{unquery(name), unquery(value)})
		}
	}
	if b := r.Body; b.Size > 0 || b.Cut {
		h.PostData = &harPost{Mime: one(r.Header["Content-Type"]), Digest: b.Digest, Cut: b.Cut}
		h.PostData.Text, h.PostData.Encoding = harText(b)
	}
	return h
}

// responseHAR is an answer; status 0, as browsers have it, where there was none.
func responseHAR(r *Response, proto string) harResponse {
	if r == nil {
		return harResponse{Cookies: []harPair{}, Headers: []harPair{}, Content: harContent{Mime: "x-unknown"}, HeadersSize: -1, BodySize: -1}
	}
	h := harResponse{
		Status: r.Status, Version: proto, Cookies: []harPair{}, Headers: pairs(r.Header), RedirectURL: one(r.Header["Location"]),
		HeadersSize: -1, BodySize: r.Body.Size,
		Content: harContent{Size: r.Body.Size, Mime: one(r.Header["Content-Type"]), Digest: r.Body.Digest, Cut: r.Body.Cut},
	}
	if r.Body.Coding != "" && !r.Body.Cut {
		h.Content.Size = int64(len(r.Body.Bytes()))
		h.Content.Compression = h.Content.Size - r.Body.Size
	}
	h.Content.Text, h.Content.Encoding = harText(r.Body)
	return h
}

func harText(b Body) (text, encoding string) {
	if b.Base64 != nil {
		return base64.StdEncoding.EncodeToString(b.Base64), "base64"
	}
	return b.Text, ""
}

// pairs are headers by name, one for each value.
func pairs(h map[string][]string) []harPair {
	list := []harPair{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			list = append(list, harPair{name, value})
		}
	}
	return list
}

func one(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// unquery undoes the encoding of a part of a query; what is none stays.
func unquery(part string) string {
	if plain, err := url.QueryUnescape(part); err == nil {
		return plain
	}
	return part
}

// IsHAR reports whether a file begins as a HAR does: an object whose first
// member is "log". A byte order mark is passed over.
func IsHAR(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	rest, object := bytes.CutPrefix(head, []byte("{"))
	return object && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(`"log"`))
}
