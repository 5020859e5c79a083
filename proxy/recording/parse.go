package recording

import "encoding/base64"

// event takes a line with an exchange or a delivery; ok is false when it is
// another, or not as Append spells it.
func (p *parser) event(line []byte) (e Event, ok bool) {
	p.s, p.i, p.bad = line, 0, false
	p.members(func(name []byte) {
		switch string(name) {
		case "n":
			e.N = int(p.number())
		case "prev":
			e.Prev = string(p.text())
		case "exchange":
			e.Exchange = p.exchange()
		case "delivery":
			e.Delivery = p.delivery()
		default:
			p.bad = true
		}
	})
	return e, !p.bad && p.i == len(line)
}

func (p *parser) exchange() *Exchange {
	x := &Exchange{}
	p.members(func(name []byte) {
		switch string(name) {
		case "id":
			x.ID = p.string()
		case "conn":
			x.Conn = p.word()
		case "operation":
			x.Operation = p.word()
		case "exercise":
			x.Exercise = Exercise(p.word())
		case "start":
			x.Start = p.time()
		case "first_byte":
			x.FirstByte = p.time()
		case "end":
			x.End = p.time()
		case "request":
			p.request(&x.Request)
		case "response":
			x.Response = p.response()
		case "error":
			x.Error = p.string()
		case "fault":
			x.Fault = p.fault()
		case "upstream":
			x.Upstream = p.response()
		case "sends":
			x.Sends = int(p.number())
		default:
			p.bad = true
		}
	})
	return x
}

func (p *parser) delivery() *Delivery {
	d := &Delivery{}
	p.members(func(name []byte) {
		switch string(name) {
		case "id":
			d.ID = p.string()
		case "operation":
			d.Operation = p.word()
		case "exercise":
			d.Exercise = Exercise(p.word())
		case "variant":
			d.Variant = Variant(p.word())
		case "event_id":
			d.EventID = p.string()
		case "event_type":
			d.EventType = p.word()
		case "claims":
			d.Claims = p.word()
		case "payout":
			d.Payout = p.string()
		case "created_at":
			d.CreatedAt = p.time()
		case "start":
			d.Start = p.time()
		case "end":
			d.End = p.time()
		case "request":
			p.request(&d.Request)
		case "response":
			d.Response = p.response()
		case "error":
			d.Error = p.string()
		default:
			p.bad = true
		}
	})
	return d
}

func (p *parser) fault() *Interference {
	f := &Interference{}
	p.members(func(name []byte) {
		switch string(name) {
		case "kind":
			f.Kind = FaultKind(p.word())
		case "nth":
			f.Nth = int(p.number())
		case "note":
			f.Note = p.string()
		default:
			p.bad = true
		}
	})
	return f
}

func (p *parser) request(r *Request) {
	p.members(func(name []byte) {
		switch string(name) {
		case "method":
			r.Method = p.word()
		case "scheme":
			r.Scheme = p.word()
		case "host":
			r.Host = p.word()
		case "path":
			r.Path = p.word()
		case "query":
			r.Query = p.string()
		case "proto":
			r.Proto = p.word()
		case "header":
			r.Header = p.header()
		case "body":
			p.body(&r.Body)
		default:
			p.bad = true
		}
	})
}

func (p *parser) response() *Response {
	r := &Response{}
	p.members(func(name []byte) {
		switch string(name) {
		case "status":
			r.Status = int(p.number())
		case "header":
			r.Header = p.header()
		case "body":
			p.body(&r.Body)
		default:
			p.bad = true
		}
	})
	return r
}

func (p *parser) body(b *Body) {
	p.members(func(name []byte) {
		switch string(name) {
		case "text":
			b.Text = p.string()
		case "base64":
			var err error
			b.Base64, err = base64.StdEncoding.AppendDecode([]byte{}, p.text())
			p.bad = p.bad || err != nil
		case "size":
			b.Size = p.number()
		case "digest":
			b.Digest = p.string()
		case "cut":
			b.Cut = p.yes()
		case "coding":
			b.Coding = p.word()
		default:
			p.bad = true
		}
	})
}
