"""Words that tell names from words: which names are words too, and which capitals are no names."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NAMES_THAT_ARE_WORDS = _words(
    """
    amber angel april art august autumn baker banks basil berry bill bishop black blue bob brook
    brooks brown bud carol chance charity chase cherry chip christian clay cliff cook coral crystal
    daisy dale dawn day dean destiny dick don dot drew duke dusty earl eve faith fay field fields fisher
    flora ford forest frank gale gene ginger glen grace grant gray green grey guy harry hazel heather
    herb hill holly honey hope hunter iris ivy jack jade jasmine jean jewel jo josh joy june kerry
    king kit knight lake lance lane lee lily long lucky major mark marsh mason max may melody mercy
    miles mill moss nick norm olive opal page park parker pat patience pearl penny pip poppy potter
    price rain ray rich rivers rob robin rocky rose ruby rusty saffron sage sandy scott shaw shepherd
    short skip sky star stew stone storm sue summer sunny taylor teddy tiger trinity van victor violet
    wade ward warren waters west white will win wood woods young
    """
)
"""First names and surnames that are also words of every day."""

NOT_AFTER_A_NAME = _words(
    """
    a all an any anybody anyone everybody everyone he her his i i'd i'll i'm i've if in is it its me
    my nobody not of our she some somebody someone that the their them there these they this those to
    us we what when where who you your
    """
)
"""Words that follow ``Will`` or ``May`` where they are words ("Will you", "May I") and seldom where
they are people."""

TITLES = _words(
    "mr mrs ms miss mx dr prof professor sir madam lady lord auntie aunty aunt uncle nana nanny "
    "grandma grandad granny cllr councillor rev reverend sister nurse"
)

CAPITALS = _words(
    """
    monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays
    fridays saturdays sundays january february march april may june july august september october
    november december jan feb mar apr jun jul aug sept sep oct nov dec christmas easter ramadan eid
    diwali hanukkah advent lent halloween english maths mathematics science history geography french
    german spanish welsh irish scottish british european african asian american polish romanian
    arabic urdu punjabi bengali gujarati somali turkish portuguese italian chinese mandarin latin
    christian muslim jewish hindu sikh catholic god bible quran covid covid-19 coronavirus reception
    nursery year key stage ofsted dfe nhs hmrc gp google zoom teams facebook whatsapp youtube tv
    internet wi-fi bst gmt a-level a-levels gcse gcses ok okay i i'd i'll i'm i've interviewer
    interviewee moderator facilitator researcher participant respondent speaker mother mum mummy
    father dad daddy parent carer head headteacher teacher pupil child practitioner therapist q p s t
    """
)
"""Words that English writes with a capital and that name nobody."""

EVERYDAY = _words(
    """
    a able about above absolutely according account across act actually add after afternoon again
    against age ages ago agree agreed ah all allow almost alone along already alright also although
    always am amazing among an and another answer any anybody anyone anything anyway anywhere apart
    apparently are area around as ask asked asking at attendance available away awful back bad
    basically be beautiful became because become been before began begin behaviour behind being
    believe below best better between big bit book books both boy boys bring brought building built
    but buy by bye call called calling came can can't cannot care carefully cheers child children
    class clear clearly close come comes coming communication community completely consent could
    couldn't couple course currently cut daily date dear decided definitely depending despite did
    didn't different difficult do does doesn't doing don't done door down due during each earlier
    early easily easy eat education eight either eleven else end enough especially evaluation even
    evening eventually ever every everybody everyone everything everywhere exactly example excellent
    except exciting excuse expect extra fair fairly families family far fast feel feeling few fifteen
    fifty fine first five follow following food for forty found four fourteen free friend friends
    from full fun funny further general generally get gets getting girl girls give given gives giving
    glad go goes going gone good goodness got grandparents great group groups grown guess had half
    hand happy hard hardly has hasn't have haven't having he he'd he'll he's health hear heard hello
    help helped helpful helping hence her here here's hers herself hey hi high him himself his hm hmm
    home honestly hopefully hour hours house how how's however huge i idea if i'd imagine important
    in indeed inside instead interesting interestingly into is isn't it it'd it'll it's its itself
    just keep kept kids kind knew know known language last lastly late later learning least leave
    less lesson lessons let let's letter life like likewise listen listening literally little live
    look looked looking looks lots love lovely lucky made mainly make makes making many maybe me mean
    meaning means meanwhile meet meeting meetings member mine minute mm mmm moment money month months
    more moreover morning most mostly move moving much must my myself name naturally near nearly need
    needed needs neither never nevertheless new next nice night nine no nobody none nope nor normal
    normally not note nothing now nowadays number numbers obviously of off often oh old on once one
    ones only onto open opposite or originally other others otherwise ouch our ours ourselves out
    outside over overall own parents part particularly past pause people perfect perhaps personally
    phone place plan play please plenty plus point possibly practical pre presumably pretty previously
    primary probably problem progress project provided put quality question questions quick quickly
    quite rather read reading ready realise really reason recently record regarding remember right
    room same say saying says school schools second seeing seem seems seen send sent sessions seven
    several shall she she'd she'll she's should shouldn't show shows similarly simply since sit six
    sixteen slowly small so some somebody somehow someone something sometimes somewhere soon sorry
    sort sounds speaking speech staff start started starting stay still stop stories story strange
    strangely stuff such suddenly support supported suppose sure surely take taken taking talk talked
    talking teacher teachers teaching team tell ten term terrible than thank thankfully thanks that
    that's that'd that'll the their theirs them themselves then there there's therefore these they
    they'd they'll they're they've thing things think thinking third thirteen thirty this those
    though thought three through throughout thus till time times to today together told tomorrow
    tonight too took top totally towards trust try trying turn twelve twenty twice two typically uh
    um under understand understood unfortunately unless unlike until up upon us use used using usually
    various very visit visits volunteers wait waiting want wanted wants warm was wasn't watch watching
    way we we'd we'll we're we've week weekends weekly weeks welcome well went were weren't what
    what's whatever when whenever where where's whereas wherever whether which while who who's
    whoever whole whose why will with within without woman women won't wonderful words work worked
    working works world worried worse would wouldn't wow write writing wrong yeah year years yep yes
    yesterday yet you you'd you'll you're you've young your yours yourself zero ring bye arrive
    attend appointment bell bus car care caring centre chat clean clinic comment complete concern
    contact cost course cover create decide delay describe develop discuss doctor doctors dream drive
    drop due duty eager eye enter explain face feedback fill finally find finish fix floor follow-up
    form forward fresh front future game gave give-and-take grateful greet ground guidance halfway heart
    hold hospital hour ill improve increase information initial involve join journey jump keen laugh
    lead learn letters level library light line link list local lose lower manage march match matter
    meal meals medical mental mind miss mix mood mother mum nap nature nurse nurses offer office
    parent park parking patient pay pen play-time poor post praise prefer prepare print private
    professional prompt proud provide pull push queue quick raise reach read-aloud receive reduce
    relax remind repeat report rest return review ride rise role run safe sad search see sell
    sense service services set share shop sign sing sir site sleep slow smile snack soft song
    space spend spoken stand step stick stir stress strong study sweet swim table tables tea teach
    term-time test text thankyou throw ticked tip tired total touch town toy train training transport
    travel treat treatment trip trust truth type unable unhelpful unsure update value view voice
    walk warmer wash water weather wish wonder
    """
)
"""Common words that begin sentences."""

ENDINGS = ("n't", "'s", "'d", "'ll", "'re", "'ve")
