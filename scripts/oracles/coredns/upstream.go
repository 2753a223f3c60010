package main

import (
	"fmt"
	"net"
	"strings"

	"github.com/miekg/dns"
)

// serveUpstream answers from a list of records, aliases followed; other names do not exist. It gives its
// address, and a function that stops it.
func serveUpstream(records []Record) (string, func(), error) {
	byName := map[string][]dns.RR{}
	for _, each := range records {
		record, err := dns.NewRR(fmt.Sprintf("%s %d IN %s %s", each.Name, each.TTL, each.Type, each.Data))
		if err != nil {
			return "", nil, err
		}
		name := strings.ToLower(each.Name)
		byName[name] = append(byName[name], record)
	}
	handle := func(writer dns.ResponseWriter, request *dns.Msg) {
		reply := new(dns.Msg)
		reply.SetReply(request)
		question := request.Question[0]
		name := strings.ToLower(question.Name)
		if len(byName[name]) == 0 {
			reply.Rcode = dns.RcodeNameError
		}
		for hops := 0; name != "" && hops < 10; hops++ {
			next := ""
			for _, record := range byName[name] {
				alias, isAlias := record.(*dns.CNAME)
				if record.Header().Rrtype == question.Qtype || isAlias {
					reply.Answer = append(reply.Answer, record)
				}
				if isAlias && question.Qtype != dns.TypeCNAME {
					next = strings.ToLower(alias.Target)
				}
			}
			name = next
		}
		_ = writer.WriteMsg(reply)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address := listener.Addr().String()
	socket, err := net.ListenPacket("udp", address)
	if err != nil {
		return "", nil, err
	}
	servers := []*dns.Server{{PacketConn: socket}, {Listener: listener}}
	for _, server := range servers {
		server.Handler = dns.HandlerFunc(handle)
		go func() { _ = server.ActivateAndServe() }()
	}
	return address, func() {
		for _, server := range servers {
			_ = server.Shutdown()
		}
	}, nil
}
