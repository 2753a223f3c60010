// Command coredns-oracle serves objects with the real CoreDNS and asks it questions. One JSON document of
// cases on standard input, one of answers on standard output. CoreDNS reads the objects over HTTP from a
// small fake of the Kubernetes API (apiserver.go); everything is on loopback addresses.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/miekg/dns"

	_ "github.com/coredns/coredns/plugin/any"
	_ "github.com/coredns/coredns/plugin/autopath"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/file"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/k8s_external"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
	_ "github.com/coredns/coredns/plugin/minimal"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/template"
)

// Question is one DNS question.
type Question struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// The client's loopback address; pods verified and autopath look at it. Empty: 127.0.0.1.
	From string `json:"from,omitempty"`
	TCP  bool   `json:"tcp,omitempty"`
}

// Case is a cluster, a Corefile and questions. In the Corefile, API stands for the fake API's address, PORT for
// the port that CoreDNS listens on, and UPSTREAM for a server that knows the upstream records and nothing else.
type Case struct {
	Name      string            `json:"name"`
	Corefile  string            `json:"corefile"`
	Objects   []json.RawMessage `json:"objects"`
	Upstream  []Record          `json:"upstream"`
	Questions []Question        `json:"questions"`
}

// Record is a resource record.
type Record struct {
	Name string `json:"name"`
	Type string `json:"type"`
	TTL  uint32 `json:"ttl"`
	Data string `json:"data"`
}

// Reply is what came back.
type Reply struct {
	Rcode         string   `json:"rcode"`
	Authoritative bool     `json:"authoritative"`
	Truncated     bool     `json:"truncated,omitempty"`
	Answer        []Record `json:"answer,omitempty"`
	Authority     []Record `json:"authority,omitempty"`
	Additional    []Record `json:"additional,omitempty"`
}

// Answered is a case's replies in the order of its questions.
type Answered struct {
	Name    string  `json:"name"`
	Replies []Reply `json:"replies"`
}

func main() {
	// CoreDNS logs to standard output.
	out := os.Stdout
	os.Stdout = os.Stderr
	dnsserver.Quiet, caddy.Quiet = true, true
	if err := run(json.NewDecoder(os.Stdin), json.NewEncoder(out)); err != nil {
		fmt.Fprintln(os.Stderr, "coredns-oracle:", err)
		os.Exit(1)
	}
}

func run(in *json.Decoder, out *json.Encoder) error {
	var input struct {
		Cases []Case `json:"cases"`
	}
	if err := in.Decode(&input); err != nil {
		return err
	}
	output := struct {
		CoreDNS string     `json:"coredns"`
		Answers []Answered `json:"answers"`
	}{CoreDNS: moduleVersion("github.com/coredns/coredns")}
	for _, each := range input.Cases {
		replies, err := ask(each)
		if err != nil {
			return fmt.Errorf("%s: %w", each.Name, err)
		}
		output.Answers = append(output.Answers, Answered{each.Name, replies})
	}
	return out.Encode(output)
}

func ask(asked Case) ([]Reply, error) {
	api, err := serveObjects(asked.Objects)
	if err != nil {
		return nil, err
	}
	// It waits for its connections, and CoreDNS may just open another one to watch by.
	defer func() { go api.Close() }()
	upstream, stop, err := serveUpstream(asked.Upstream)
	if err != nil {
		return nil, err
	}
	defer stop()
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	text := strings.NewReplacer("PORT", port, "API", api.URL, "UPSTREAM", upstream).
		Replace(asked.Corefile)
	instance, err := caddy.Start(caddy.CaddyfileInput{Contents: []byte(text), Filepath: "Corefile", ServerTypeName: "dns"})
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, text)
	}
	defer func() {
		instance.ShutdownCallbacks()
		_ = instance.Stop()
		api.CloseClientConnections()
	}()
	replies := make([]Reply, 0, len(asked.Questions))
	for _, question := range asked.Questions {
		reply, err := exchange(question, port)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", question.Name, question.Type, err)
		}
		replies = append(replies, reply)
	}
	return replies, nil
}

func freePort() (string, error) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer socket.Close()
	_, port, err := net.SplitHostPort(socket.Addr().String())
	return port, err
}

func exchange(question Question, port string) (Reply, error) {
	message := new(dns.Msg)
	message.SetQuestion(question.Name, dns.StringToType[question.Type])
	message.SetEdns0(4096, false)
	from := question.From
	if from == "" {
		from = "127.0.0.1"
	}
	client := &dns.Client{Net: "udp", Timeout: 2 * time.Second, Dialer: &net.Dialer{
		Timeout: 2 * time.Second, LocalAddr: &net.UDPAddr{IP: net.ParseIP(from)},
	}}
	if question.TCP {
		client.Net, client.Dialer.LocalAddr = "tcp", &net.TCPAddr{IP: net.ParseIP(from)}
	}
	got, _, err := client.Exchange(message, "127.0.0.1:"+port)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return Reply{Rcode: "TIMEOUT"}, nil
	}
	if err != nil {
		return Reply{}, err
	}
	return Reply{
		Rcode:         dns.RcodeToString[got.Rcode],
		Authoritative: got.Authoritative,
		Truncated:     got.Truncated,
		Answer:        records(got.Answer),
		Authority:     records(got.Ns),
		Additional:    records(got.Extra),
	}, nil
}

// records leaves out EDNS.
func records(from []dns.RR) []Record {
	var found []Record
	for _, record := range from {
		header := record.Header()
		if header.Rrtype == dns.TypeOPT {
			continue
		}
		found = append(found, Record{
			Name: header.Name,
			Type: dns.TypeToString[header.Rrtype],
			TTL:  header.Ttl,
			Data: strings.TrimPrefix(record.String(), header.String()),
		})
	}
	return found
}

func moduleVersion(path string) string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == path {
			return module.Version
		}
	}
	return "unknown"
}
