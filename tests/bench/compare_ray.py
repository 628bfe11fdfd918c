"""The calls of latency.u, throughput.u and values.u by Ray: p50 and p99 in us, calls a second with 1,024 in flight, us for 1 MB there and back."""
import time

import ray

ray.init(num_cpus=2, log_to_driver=False)


@ray.remote
class Node:
    def add(self):
        return 1 + 1

    def same(self, value):
        return value


def timed(call):
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e6


node = Node.remote()
for _ in range(200):
    ray.get(node.add.remote())
times = sorted(timed(lambda: ray.get(node.add.remote())) for _ in range(2000))
batches = 5
taken = timed(lambda: [ray.get([node.add.remote() for _ in range(1024)]) for _ in range(batches)])
value = b"x" * (1 << 20)
large = sorted(timed(lambda: ray.get(node.same.remote(value))) for _ in range(20))
print(times[1000], times[1980], batches * 1024 / taken * 1e6, large[10])
