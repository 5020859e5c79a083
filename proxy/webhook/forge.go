package webhook

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// Malformed are the shapes of recording.Malformed: what stands in the
// signature header.
var Malformed = []string{"empty", "garbage", "no-t", "no-v1", "v0-only", "truncated", "not-hex"}

// Tampered are the shapes of recording.Tampered: what was changed after the
// signature was made. "" is "status".
var Tampered = []string{"status", "amount", "event"}

// StaleHour is the shape of recording.Stale that was signed an hour ago; "" is
// one that was signed ten seconds before the window.
const StaleHour = "hour"

// Beyond the window by so much a signature is stale, or future.
const beyond = 10 * time.Second

// draft is a delivery before it is sent. The header names are as they go over
// the wire.
type draft struct {
	body   []byte
	header map[string]string
}

// draft signs or forges as the variant says. Genuine variants are signed over
// the bytes that are sent; the forged ones differ from them in one thing alone.
func (s *Sender) draft(m Message, now time.Time) (draft, error) {
	body := m.Body
	if body == nil {
		body = m.Event.Body()
	}
	window := s.Scheme.Window
	sign := func(at time.Time) draft { return draft{body, s.Scheme.Sign(s.Secret, at, body)} }
	switch m.Variant {
	case recording.Genuine, recording.UnknownEvent:
		return sign(now), nil
	case recording.RawBody:
		if m.Body == nil {
			body = m.Event.oddBody()
		}
		return sign(now), nil
	case recording.HeaderCase:
		return sign(now).renamed(strings.ToLower), nil
	case recording.Window:
		return sign(now.Add(-window * 4 / 5)), nil
	case recording.Several:
		foreign := anton.Digest(foreignSecret(), now.Unix(), body)
		return sign(now).revalued(func(v string) string { return strings.Replace(v, "v1=", "v1="+foreign+",v1=", 1) }), nil
	case recording.Missing:
		return draft{body, nil}, nil
	case recording.WrongSecret:
		return draft{body, s.Scheme.Sign(foreignSecret(), now, body)}, nil
	case recording.Tampered:
		original, err := before(body, m.Shape)
		return draft{body, s.Scheme.Sign(s.Secret, now, original)}, err
	case recording.Stale:
		return sign(now.Add(-age(m.Shape, window))), nil
	case recording.Future:
		return sign(now.Add(window + beyond)), nil
	case recording.Malformed:
		d := sign(now)
		value, err := malformed(m.Shape, d.header[s.Scheme.Header])
		return d.revalued(func(string) string { return value }), err
	}
	return draft{}, fmt.Errorf("variant %q is not built", m.Variant)
}

func age(shape string, window time.Duration) time.Duration {
	if shape == StaleHour {
		return time.Hour
	}
	return window + beyond
}

func (d draft) renamed(name func(string) string) draft {
	header := map[string]string{}
	for n, value := range d.header {
		header[name(n)] = value
	}
	return draft{d.body, header}
}

func (d draft) revalued(value func(string) string) draft {
	header := map[string]string{}
	for n, v := range d.header {
		header[n] = value(v)
	}
	return draft{d.body, header}
}

// foreignSecret is a secret that the app has never had.
func foreignSecret() string {
	random := make([]byte, 16)
	rand.Read(random)
	return "whsec_" + hex.EncodeToString(random)
}

// malformed spoils a good header, "t=…,v1=…".
func malformed(shape, good string) (string, error) {
	t, v1, _ := strings.Cut(good, ",")
	switch shape {
	case "empty":
		return "", nil
	case "garbage":
		return "not a signature; =,,==", nil
	case "no-t":
		return v1, nil
	case "no-v1":
		return t, nil
	case "v0-only":
		return t + "," + strings.Replace(v1, "v1=", "v0=", 1), nil
	case "truncated":
		return good[:len(good)-32], nil
	case "not-hex":
		return t + ",v1=" + strings.Repeat("zq", 32), nil
	}
	return "", fmt.Errorf("malformed shape %q is not known, known: %s", shape, strings.Join(Malformed, ", "))
}

// before is the body as it was signed, before somebody changed it into the one
// that is sent: a harmless event where the sent one claims more.
func before(body []byte, shape string) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var event map[string]any
	if err := decoder.Decode(&event); err != nil {
		return nil, fmt.Errorf("tampered: body is no event: %w", err)
	}
	data, _ := event["data"].(map[string]any)
	data = maps.Clone(data)
	if data == nil {
		data = map[string]any{}
	}
	event["data"] = data
	switch shape {
	case "", "status":
		event["type"], data["status"] = "payout."+other(data["status"], "processing", "sent"), other(data["status"], "processing", "sent")
	case "amount":
		data["amount"] = other(data["amount"], "0.01", "0.02")
	case "event":
		event["id"] = "evt_" + strings.TrimPrefix(foreignSecret(), "whsec_")
	default:
		return nil, fmt.Errorf("tampered shape %q is not known, known: %s", shape, strings.Join(Tampered, ", "))
	}
	return encode(event), nil
}

// other is the first value, or the second where the first is there already.
func other(there any, first, second string) string {
	if there == first {
		return second
	}
	return first
}

func surrogates(r rune) (high, low rune) { return utf16.EncodeRune(r) }
