// Command kube-proxy-oracle feeds Services and EndpointSlices to the proxiers of the real kube-proxy and
// prints the rules that they write. One JSON document of cases on standard input, one of answers on
// standard output. Each case runs in a network namespace of its own, so it needs root.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"syscall"

	v1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/klog/v2"
)

// Node is the node whose kube-proxy is asked.
type Node struct {
	Name string `json:"name"`
	// Addresses on its uplink, the primary one of each family first.
	Addresses []string `json:"addresses"`
	// Addresses of the CNI's devices by their names.
	Devices  map[string][]string `json:"devices"`
	PodCIDRs []string            `json:"podCIDRs"`
	Labels   map[string]string   `json:"labels"`
}

// Proxy holds the fields of kube-proxy's configuration that its rules depend on.
type Proxy struct {
	ClusterCIDR         []string `json:"clusterCIDR"`
	DetectLocal         string   `json:"detectLocal"`
	BridgeInterface     string   `json:"bridgeInterface"`
	InterfaceNamePrefix string   `json:"interfaceNamePrefix"`
	MasqueradeAll       bool     `json:"masqueradeAll"`
	MasqueradeBit       int      `json:"masqueradeBit"`
	// nil: the mode's default.
	NodePortAddresses  []string `json:"nodePortAddresses"`
	LocalhostNodePorts bool     `json:"localhostNodePorts"`
	Scheduler          string   `json:"scheduler"`
}

// Case is one node of one cluster.
type Case struct {
	Name         string   `json:"name"`
	Node         Node     `json:"node"`
	Proxy        Proxy    `json:"proxy"`
	ServiceCIDRs []string `json:"serviceCIDRs"`
	// Has the kernel nfacct counters?
	Nfacct         bool                       `json:"nfacct"`
	Services       []*v1.Service              `json:"services"`
	EndpointSlices []*discovery.EndpointSlice `json:"endpointSlices"`
}

// Rules are what one proxier of one family wrote.
type Rules struct {
	Family int    `json:"family"`
	Text   string `json:"text"`
	// IPVS mode only.
	Virtual []string            `json:"virtualServers,omitempty"`
	Sets    map[string][]string `json:"sets,omitempty"`
}

// Answer is a case's rules by mode.
type Answer struct {
	Name  string             `json:"name"`
	Modes map[string][]Rules `json:"modes"`
}

func main() {
	child := flag.Bool("child", false, "run the one case on standard input in this network namespace")
	flag.Parse()
	klog.LogToStderr(false)
	var log bytes.Buffer
	klog.SetOutput(&log)
	var err error
	if *child {
		err = runCase()
	} else {
		err = runAll()
	}
	klog.Flush()
	// What kube-proxy could not do would be missing among its rules. (It begins without a table.)
	for _, line := range strings.Split(log.String(), "\n") {
		if strings.HasPrefix(line, "E") && !strings.Contains(line, "no such table") {
			fmt.Fprintln(os.Stderr, line)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kube-proxy-oracle:", err)
		os.Exit(1)
	}
}

func runAll() error {
	var input struct {
		Cases []json.RawMessage `json:"cases"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		return err
	}
	output := struct {
		KubeProxy string            `json:"kubeProxy"`
		Answers   []json.RawMessage `json:"answers"`
	}{KubeProxy: moduleVersion("k8s.io/kubernetes")}
	for _, each := range input.Cases {
		answer, err := inNamespace(each)
		if err != nil {
			return err
		}
		output.Answers = append(output.Answers, answer)
	}
	return json.NewEncoder(os.Stdout).Encode(output)
}

// inNamespace runs this program again for one case, in a new network namespace.
func inNamespace(input json.RawMessage) (json.RawMessage, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(self, "-child")
	command.Stdin = bytes.NewReader(input)
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	return command.Output()
}

func runCase() error {
	var asked Case
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	if err := configureNode(asked.Node); err != nil {
		return fmt.Errorf("%s: %w", asked.Name, err)
	}
	answer := Answer{Name: asked.Name, Modes: map[string][]Rules{}}
	for mode, run := range proxiers {
		for _, family := range []v1.IPFamily{v1.IPv4Protocol, v1.IPv6Protocol} {
			if asked.Node.address(family) == nil {
				continue
			}
			rules, err := run(&asked, family)
			if err != nil {
				return fmt.Errorf("%s, %s, %s: %w", asked.Name, mode, family, err)
			}
			answer.Modes[mode] = append(answer.Modes[mode], rules)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
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
