import pytest
from tests.mcp_bridge.agents import *

@pytest.mark.parametrize("mode", MODES)
def test_try(alice, mode):
    a = Agent(alice.secret, mode=mode)
    async def work(c):
        print([t.name for t in (await c.list_tools()).tools], c.session.protocol_version)
        r = await c.call_tool("remember", {"content":"The office cat is called Minerva.","tags":'["pet"]', "author": None})
        print(r)
        r = await c.call_tool("recall", {"query":"name of the pet"})
        print(text(r)); print(r.structured_content)
        print(text(await c.call_tool("explain", {"trace_id": r.structured_content["trace_id"]})))
        print(text(await c.call_tool("feedback", {"trace_id": r.structured_content["trace_id"], "useful":[r.structured_content["memories"][0]["id"]]})))
        print(text(await c.call_tool("memory_health", {})))
        print(text(await c.call_tool("list_memories", {})))
        print(text(await c.call_tool("onboard", {})))
        print(await c.call_tool("forget", {"tagz":["x"]}))
        print(await c.call_tool("forget", {}))
        print(await c.call_tool("nope", {}))
        print(await c.read_resource("garner://health"))
        print(await c.read_resource("garner://trace/"+r.structured_content["trace_id"]))
        print(await c.list_prompts())
        print(await c.get_prompt("recall_before_answering", {"question":"cat?"}))
    a.run(work)
    from accounts.models import Deed
    from retrieval.models import Trace
    from accounts.door import tenant
    with tenant(alice.caller):
        print([ (d.verb,d.detail) for d in Deed.objects.filter(namespace_id=alice.namespace.pk)], [t.params for t in Trace.objects.all()])
