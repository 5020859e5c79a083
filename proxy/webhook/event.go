// Package webhook delivers events to the app: genuine ones, forged ones, and
// the sandbox's own, each recorded with the app's answer.
package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Event is the envelope of a delivery [A help 14127264].
type Event struct {
	ID        string         // "evt_…"; the receiver tells duplicates by it
	Type      string         // "payout.completed"
	CreatedAt time.Time      // orders events; written in UTC
	Data      map[string]any // money as strings; a json.Number keeps its digits
}

// Body is the event as Anton writes it: compact, id, type, created_at, data.
func (e Event) Body() []byte {
	data := e.Data
	if data == nil {
		data = map[string]any{}
	}
	return encode(struct {
		ID        string         `json:"id"`
		Type      string         `json:"type"`
		CreatedAt string         `json:"created_at"`
		Data      map[string]any `json:"data"`
	}{e.ID, e.Type, e.CreatedAt.UTC().Format(time.RFC3339Nano), data})
}

// encode writes JSON without the escapes for HTML. Data that came from JSON, or
// from literals, can always be written; what cannot is a mistake of ours.
func encode(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(fmt.Sprintf("event data: %v", err))
	}
	return bytes.TrimSuffix(out.Bytes(), []byte{'\n'})
}

// oddBody is the event as another JSON writer might put it: the members the
// other way round, white space where it may stand, characters escaped that need
// not be, a number with a trailing zero, a line feed at the end. A receiver
// that parses before it verifies, and writes again, does not get these bytes
// back.
func (e Event) oddBody() []byte {
	data := maps.Clone(e.Data)
	if data == nil {
		data = map[string]any{}
	}
	data["note"] = "caf\u00e9 / 1.10"
	data["fx_rate"] = json.Number("1.10")
	var out strings.Builder
	out.WriteString("{\n\t\"data\" :  {")
	for i, name := range slices.Backward(slices.Sorted(maps.Keys(data))) {
		fmt.Fprintf(&out, " %s\t:\n %s", odd(name), odd(data[name]))
		if i > 0 {
			out.WriteString(" ,")
		}
	}
	fmt.Fprintf(&out, "  } ,\r\n\"created_at\":%s,  \"type\" : %s ,\n  \"id\":\t%s }\n",
		odd(e.CreatedAt.UTC().Format(time.RFC3339Nano)), odd(e.Type), odd(e.ID))
	return []byte(out.String())
}

// odd escapes / and every character beyond ASCII. Neither stands outside of
// strings.
func odd(value any) string {
	var out strings.Builder
	for _, r := range string(encode(value)) {
		switch {
		case r == '/':
			out.WriteString(`\/`)
		case r > 0xffff:
			high, low := surrogates(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		case r > '~':
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// seen is what a delivery's body says of itself.
type seen struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	CreatedAt time.Time `json:"created_at"`
	Data      struct {
		ID     string `json:"id"`
		Status string `json:"status"`
	} `json:"data"`
}

// read takes what it can: members of another type stay empty.
func read(body []byte) seen {
	var s seen
	// A body that is no event leaves the delivery without its names.
	_ = json.Unmarshal(body, &s)
	return s
}
