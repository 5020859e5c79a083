package proxy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

type listed struct {
	Data []struct {
		ID string `json:"id"`
	} `json:"data"`
	More bool    `json:"has_more"`
	Next *string `json:"next_cursor"`
}

// list asks for one page.
func (s *stand) list(c *http.Client, query url.Values) (int, listed, string) {
	s.t.Helper()
	at := sandbox + "/v1/payouts"
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	r := s.must(read(c.Get(at)))
	var got listed
	if err := json.Unmarshal([]byte(r.body), &got); err != nil {
		s.t.Fatalf("%q: %v", r.body, err)
	}
	return r.StatusCode, got, r.body
}

func TestPagesAreWalkedToTheEnd(t *testing.T) {
	s := newStand(t, echo, nil)
	s.During(recording.Pages)
	s.Arm(Fault{Kind: recording.FaultPages, Route: anton.PayoutList, Pages: &Pages{Entries: 57, Size: 20,
		Entry: func(i int) json.RawMessage { return json.RawMessage(fmt.Sprintf(`{"id":"pay_%d"}`, i)) }}})
	c := s.client(h1)
	for limit, want := range map[string][]int{
		"": {20, 17, 0, 20}, "20": {20, 17, 0, 20}, "100": {20, 17, 0, 20},
		"10": {10, 10, 10, 10, 7, 0, 10}, "19": {19, 18, 1, 0, 19},
	} {
		var sizes []int
		var ids []string
		query := url.Values{}
		if limit != "" {
			query.Set("limit", limit)
		}
		for {
			code, got, raw := s.list(c, query)
			if code != 200 || got.Data == nil {
				t.Fatalf("limit %s: %d %s", limit, code, raw)
			}
			sizes = append(sizes, len(got.Data))
			for _, d := range got.Data {
				ids = append(ids, d.ID)
			}
			if got.More != (got.Next != nil) {
				t.Errorf("limit %s: has_more %v with cursor %v", limit, got.More, got.Next)
			}
			if got.Next == nil {
				break
			}
			for _, must := range []string{"+", "/", "=", "%"} {
				if !strings.Contains(*got.Next, must) {
					t.Errorf("cursor %q has no %s", *got.Next, must)
				}
			}
			query.Set("cursor", *got.Next)
		}
		if !slices.Equal(sizes, want) {
			t.Errorf("limit %q: pages of %v, want %v", limit, sizes, want)
		}
		if len(ids) != 57 || ids[0] != "pay_0" || ids[56] != "pay_56" || len(slices.Compact(ids)) != 57 {
			t.Errorf("limit %q: %d entries", limit, len(ids))
		}
	}
	for _, x := range s.end().Exchanges {
		if x.Fault == nil || x.Fault.Kind != recording.FaultPages || !strings.Contains(x.Fault.Note, "made-up list of 57") || x.Exercise != recording.Pages || x.Sends != 0 {
			t.Errorf("recorded as %+v", x)
		}
	}
}

func TestPagesOfOneEntry(t *testing.T) {
	sizes := layout(57, 1)
	if len(sizes) != 58 || sizes[56] != 0 || sizes[57] != 1 {
		t.Errorf("%v", sizes)
	}
	for size := 1; size <= 60; size++ {
		sum, empty := 0, 0
		sizes := layout(57, size)
		for i, n := range sizes {
			sum += n
			if n == 0 && i < len(sizes)-1 {
				empty++
			}
		}
		if sum != 57 || empty != 1 || size < 57 && sizes[len(sizes)-1] != size {
			t.Errorf("size %d: %v", size, sizes)
		}
	}
}

func TestPagesRefuseWhatAntonRefuses(t *testing.T) {
	s := newStand(t, echo, nil)
	s.Arm(Fault{Kind: recording.FaultPages, Route: anton.PayoutList, Pages: &Pages{Entries: 57, Size: 20}})
	c := s.client(h1)
	_, first, _ := s.list(c, nil)
	for query, want := range map[string]struct {
		status int
		code   string
	}{
		"limit=0":               {422, "validation_error"},
		"limit=101":             {422, "validation_error"},
		"limit=many":            {422, "validation_error"},
		"limit=":                {422, "validation_error"},
		"cursor=pay_19":         {400, "invalid_cursor"},
		"cursor=" + *first.Next: {400, "invalid_cursor"}, // not encoded
	} {
		at := sandbox + "/v1/payouts?" + query
		r := s.must(read(c.Get(at)))
		if r.StatusCode != want.status || !strings.Contains(r.body, `"`+want.code+`"`) {
			t.Errorf("%s: %d %s", query, r.StatusCode, r.body)
		}
	}
}

func TestPagesAgain(t *testing.T) {
	s := newStand(t, echo, nil)
	s.Arm(Fault{Kind: recording.FaultPages, Route: anton.PayoutList, Pages: &Pages{Entries: 57, Size: 20, FailPage: 2}})
	c := s.client(h1)
	_, first, _ := s.list(c, nil)
	query := url.Values{"cursor": {*first.Next}}
	if code, _, _ := s.list(c, query); code != 503 {
		t.Errorf("page 2 answered %d, want 503 once", code)
	}
	code, _, once := s.list(c, query)
	if _, _, again := s.list(c, query); code != 200 || once != again {
		t.Errorf("the same cursor gave %s and %s", once, again)
	}
	if _, anew, _ := s.list(c, nil); *anew.Next == *first.Next {
		t.Error("a new walk has the cursors of the old one")
	}
	if code, _, _ := s.list(c, query); code != 200 {
		t.Errorf("a cursor of the walk before: %d", code)
	}
	rec := s.end()
	if note := rec.Exchanges[1].Fault.Note; note != "page 2 of 4 of a made-up list of 57: failed once" {
		t.Errorf("note %q", note)
	}
}

func TestPagesLeaveOtherRequestsAlone(t *testing.T) {
	s := newStand(t, echo, nil)
	armed := s.Arm(Fault{Kind: recording.FaultPages, Route: anton.PayoutList, Pages: &Pages{Entries: 57, Size: 20}})
	c := s.client(h1)
	if r := s.must(s.post(c, sandbox+"/v1/payouts", "mine")); r.body != "mine" {
		t.Errorf("got %q", r.body)
	}
	s.must(read(c.Get(sandbox + "/v1/payouts/pay_1")))
	if armed.Struck() != 0 {
		t.Error("struck")
	}
}
